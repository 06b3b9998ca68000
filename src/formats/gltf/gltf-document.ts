import { z } from "zod";
import { LoadError, printable, quote } from "../load-error.ts";
import { GLTF_1_UNSUPPORTED } from "./gltf-error.ts";

const index = z.int().nonnegative();
const numbers = (length: number) => z.array(z.number()).length(length);
const extensions = z.record(z.string(), z.unknown());
const attributes = z.record(z.string(), index);
const textureInfo = z.looseObject({
  index,
  texCoord: index.optional(),
  scale: z.number().optional(),
  strength: z.number().optional(),
  extensions: extensions.optional(),
});
const list = <T extends z.ZodType>(item: T) => z.array(item).optional();

const node = z.looseObject({
  children: list(index),
  mesh: index.optional(),
  skin: index.optional(),
  camera: index.optional(),
  matrix: numbers(16).optional(),
  translation: numbers(3).optional(),
  rotation: numbers(4).optional(),
  scale: numbers(3).optional(),
  weights: list(z.number()),
  name: z.string().optional(),
  extensions: extensions.optional(),
});

const bufferView = z.looseObject({
  buffer: index,
  byteOffset: index.optional(),
  byteLength: index,
  byteStride: index.optional(),
  extensions: extensions.optional(),
});

const sparse = z.looseObject({
  count: index,
  indices: z.looseObject({
    bufferView: index,
    byteOffset: index.optional(),
    componentType: z.literal([5121, 5123, 5125]),
  }),
  values: z.looseObject({ bufferView: index, byteOffset: index.optional() }),
});

const accessor = z.looseObject({
  bufferView: index.optional(),
  byteOffset: index.optional(),
  componentType: z.literal([5120, 5121, 5122, 5123, 5125, 5126]),
  normalized: z.boolean().optional(),
  count: index,
  type: z.enum(["SCALAR", "VEC2", "VEC3", "VEC4", "MAT2", "MAT3", "MAT4"]),
  min: list(z.number()),
  max: list(z.number()),
  sparse: sparse.optional(),
});

const material = z.looseObject({
  pbrMetallicRoughness: z
    .looseObject({
      baseColorFactor: numbers(4).optional(),
      baseColorTexture: textureInfo.optional(),
      metallicFactor: z.number().optional(),
      roughnessFactor: z.number().optional(),
      metallicRoughnessTexture: textureInfo.optional(),
    })
    .optional(),
  normalTexture: textureInfo.optional(),
  occlusionTexture: textureInfo.optional(),
  emissiveTexture: textureInfo.optional(),
  emissiveFactor: numbers(3).optional(),
  alphaMode: z.string().optional(),
  alphaCutoff: z.number().optional(),
  doubleSided: z.boolean().optional(),
  extensions: extensions.optional(),
});

const primitive = z.looseObject({
  attributes,
  indices: index.optional(),
  material: index.optional(),
  mode: z.int().min(0).max(6).optional(),
  targets: list(attributes),
  extensions: extensions.optional(),
});

const animation = z.looseObject({
  channels: z.array(
    z.looseObject({
      sampler: index,
      target: z.looseObject({ node: index.optional(), path: z.string() }),
    }),
  ),
  samplers: z.array(
    z.looseObject({
      input: index,
      output: index,
      interpolation: z.enum(["LINEAR", "STEP", "CUBICSPLINE"]).optional(),
    }),
  ),
});

/** Schema of the properties of a glTF 2.0 document that are read here or by GLTFLoader (glTF 2.0, section 5). */
const documentSchema = z.looseObject({
  asset: z.looseObject({ version: z.string() }),
  scene: index.optional(),
  scenes: list(z.looseObject({ nodes: list(index), extensions: extensions.optional() })),
  nodes: list(node),
  buffers: list(
    z.looseObject({ uri: z.string().optional(), byteLength: index, extensions: extensions.optional() }),
  ),
  bufferViews: list(bufferView),
  accessors: list(accessor),
  images: list(
    z.looseObject({
      uri: z.string().optional(),
      bufferView: index.optional(),
      name: z.string().optional(),
    }),
  ),
  textures: list(
    z.looseObject({
      source: index.optional(),
      sampler: index.optional(),
      name: z.string().optional(),
      extensions: extensions.optional(),
    }),
  ),
  samplers: list(
    z.looseObject({
      magFilter: z.number().optional(),
      minFilter: z.number().optional(),
      wrapS: z.number().optional(),
      wrapT: z.number().optional(),
    }),
  ),
  materials: list(material),
  meshes: list(z.looseObject({ primitives: z.array(primitive), weights: list(z.number()) })),
  skins: list(z.looseObject({ joints: z.array(index), inverseBindMatrices: index.optional() })),
  cameras: list(
    z.looseObject({
      type: z.enum(["perspective", "orthographic"]),
      perspective: z.looseObject({}).optional(),
      orthographic: z.looseObject({}).optional(),
    }),
  ),
  animations: list(animation),
  extensions: extensions.optional(),
  extensionsUsed: list(z.string()),
  extensionsRequired: list(z.string()),
});

export type GltfDocument = z.infer<typeof documentSchema>;
export type GltfAccessor = z.infer<typeof accessor>;
export type GltfBufferView = z.infer<typeof bufferView>;
export type GltfPrimitive = z.infer<typeof primitive>;
export type GltfNode = z.infer<typeof node>;
export type GltfAnimation = z.infer<typeof animation>;
export type GltfMaterial = z.infer<typeof material>;

/**
 * Parses the JSON of a glTF file and validates it against the schema of glTF 2.0.
 *
 * @param format "glTF" or "GLB", for the error message
 * @throws LoadError
 */
export function parseGltfDocument(path: string, format: string, text: Uint8Array): GltfDocument {
  const fail = (reason: string, cause?: unknown): LoadError =>
    new LoadError(path, reason, { format, ...(cause !== undefined && { cause }) });
  let parsed: unknown;
  try {
    // Old exporters pad the JSON chunk with NUL instead of spaces.
    parsed = JSON.parse(new TextDecoder().decode(text).replace(/\0+$/, ""));
  } catch (error) {
    throw fail("its JSON is damaged or cut off; export it again", error);
  }
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) {
    throw fail("its JSON has no asset.version: it is not glTF");
  }
  checkVersion(parsed as Record<string, unknown>, fail);
  const { error } = documentSchema.safeParse(parsed);
  const issue = error?.issues[0];
  if (issue !== undefined) throw fail(describeIssue(issue, parsed), error);
  return parsed as GltfDocument;
}

function checkVersion(document: Record<string, unknown>, fail: (reason: string) => LoadError): void {
  const asset = document.asset as { version?: unknown } | null | undefined;
  const version = asset?.version;
  // glTF 1.0 stores meshes and accessors in objects keyed by name, and its version is optional.
  const isVersion1 = String(version).startsWith("1.") || version === 1 || isRecord(document.accessors);
  if (isVersion1) throw fail(GLTF_1_UNSUPPORTED);
  if (version === undefined) throw fail("its JSON has no asset.version: it is not glTF");
  if (typeof version === "string" && !version.startsWith("2.")) {
    throw fail(`version ${quote(version)} of glTF is not supported, only 2.x; convert the file`);
  }
}

function isRecord(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const EXPECTED: Readonly<Record<string, string>> = {
  int: "a whole number",
  number: "a number",
  string: "text",
  boolean: "true or false",
  array: "a list",
  object: "a JSON object",
  record: "a JSON object",
};

function describeIssue(issue: z.core.$ZodIssue, document: unknown): string {
  const location = issue.path
    .map((key) => (typeof key === "number" ? `[${key}]` : `.${printable(String(key)).slice(0, 40)}`))
    .join("")
    .slice(1, 120);
  const subject = location === "" ? "the document" : location;
  if (issue.code === "invalid_type") {
    const value = issue.path.reduce(
      (value: unknown, key) => (value as Record<PropertyKey, unknown>)[key],
      document,
    );
    if (value === undefined) return `${subject} is missing: the file is damaged`;
    return `${subject} is not ${EXPECTED[issue.expected] ?? "valid"}: the file is damaged`;
  }
  if (issue.code === "invalid_value") {
    return `${subject} is not one of ${issue.values.map(String).join(", ")}: the file is damaged`;
  }
  if (issue.code === "too_small" || issue.code === "too_big") {
    return issue.origin === "array"
      ? `${subject} has the wrong number of values: the file is damaged`
      : `${subject} is out of its range: the file is damaged`;
  }
  return `${subject} is not valid: the file is damaged`;
}
