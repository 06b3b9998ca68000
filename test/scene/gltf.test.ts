import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { type Mesh, type MeshPhysicalMaterial, type Object3D, type PointLight, Vector3 } from "three";
import { type LoadedScene, loadScene } from "../../src/scene/load.ts";
import { LoadError } from "../../src/scene/load-error.ts";
import { TemporaryDirectory } from "../support/temporary-directory.ts";
import { checkerPng, type GltfParts, glb, texturedQuad } from "./samples.ts";

let directory: TemporaryDirectory;
beforeAll(() => {
  directory = new TemporaryDirectory();
});
afterAll(() => directory[Symbol.dispose]());

type Json = Record<string, unknown> & Record<string, Record<string, unknown>[] | undefined>;

/** The textured quad, changed. */
function quad(change: (json: Json, parts: GltfParts) => void): Uint8Array {
  const parts = texturedQuad();
  change(parts.json as Json, parts);
  return glb(parts);
}

let files = 0;
function load(bytes: Uint8Array | string, name = "quad.glb"): Promise<LoadedScene> {
  files += 1;
  return loadScene(directory.write(`${files}-${name}`, bytes));
}

async function refusal(bytes: Uint8Array | string, name?: string): Promise<string> {
  const error = await load(bytes, name).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(LoadError);
  return (error as LoadError).message;
}

/** Appends bytes to the body, and a buffer view over them. @returns the view's index */
function addView({ json, body }: GltfParts, bytes: Uint8Array, parts: GltfParts, more = {}): number {
  const views = json.bufferViews as Record<string, unknown>[];
  views.push({ buffer: 0, byteOffset: body.byteLength, byteLength: bytes.byteLength, ...more });
  const padding = new Uint8Array((4 - (bytes.byteLength % 4)) % 4);
  parts.body = Buffer.concat([body, bytes, padding]);
  (json.buffers as { byteLength: number }[])[0] = { byteLength: parts.body.byteLength };
  return views.length - 1;
}

function addAccessor(parts: GltfParts, values: ArrayLike<number>, type: string, more = {}): number {
  const accessors = parts.json.accessors as Record<string, unknown>[];
  const size = { SCALAR: 1, VEC3: 3, VEC4: 4, MAT4: 16 }[type] ?? 1;
  const bufferView = addView(parts, new Uint8Array(new Float32Array(values).buffer), parts);
  accessors.push({ bufferView, componentType: 5126, count: values.length / size, type, ...more });
  return accessors.length - 1;
}

function meshesOf(root: Object3D): Mesh[] {
  const meshes: Mesh[] = [];
  root.traverse((object) => {
    if ("isMesh" in object) meshes.push(object as Mesh);
  });
  return meshes;
}

const primitiveOf = (json: Json): Record<string, unknown> => {
  const primitives = json.meshes?.[0]?.primitives as Record<string, unknown>[] | undefined;
  return primitives?.[0] ?? {};
};

describe("an animation whose values do not fit its times", () => {
  const animated = (
    path: string,
    type: string,
    values: number,
    interpolation: string,
    change?: (json: Json) => void,
  ): Uint8Array =>
    quad((json, parts) => {
      const output = addAccessor(parts, new Float32Array(values).fill(0.5), type);
      Object.assign(json, {
        animations: [
          {
            channels: [{ sampler: 0, target: { node: 0, path } }],
            samplers: [{ input: 3, output, interpolation }],
          },
        ],
      });
      primitiveOf(json).targets = [{ POSITION: 0 }];
      change?.(json);
    });

  const cases: readonly (readonly [name: string, file: Uint8Array, reason: RegExp])[] = [
    ["weights, 2 of 3", animated("weights", "SCALAR", 2, "STEP"), /has 2 values where its 3 times need 3/],
    ["rotation, 2 of 3", animated("rotation", "VEC4", 8, "STEP"), /has 2 values where its 3 times need 3/],
    ["translation, 4 of 3", animated("translation", "VEC3", 12, "LINEAR"), /has 4 values where .* need 3/],
    ["scale, 3 of 9", animated("scale", "VEC3", 9, "CUBICSPLINE"), /has 3 values where .* need 9/],
    ["rotation as VEC3", animated("rotation", "VEC3", 9, "LINEAR"), /of type VEC3 instead of VEC4/],
    [
      "weights of a mesh without targets",
      animated("weights", "SCALAR", 3, "LINEAR", (json) => {
        delete primitiveOf(json).targets;
      }),
      /moves the morph targets of node 0, which has none/,
    ],
    [
      "a node that is not there",
      animated("scale", "VEC3", 9, "LINEAR", (json) => {
        const channels = json.animations?.[0]?.channels as { target: { node: number } }[];
        for (const { target } of channels) target.node = 9;
      }),
      /moves node 9, which is not there/,
    ],
  ];
  for (const [name, file, reason] of cases) {
    test(`${name}: is left out with a warning, and the mesh is shown`, async () => {
      const loaded = await load(file);
      expect(loaded.warnings.join()).toMatch(reason);
      expect(loaded.duration).toBe(0);
      loaded.animate(0.7);
      expect(loaded.counts.triangles).toBe(2);
    });
  }

  test("times without an end cannot be made by another channel: the sound one still plays", async () => {
    const file = quad((json, parts) => {
      const output = addAccessor(parts, new Float32Array(8), "VEC4");
      const animation = json.animations?.[0] as Record<string, Record<string, unknown>[]>;
      animation.samplers?.push({ input: 3, output });
      animation.channels?.push({ sampler: 1, target: { node: 0, path: "rotation" } });
    });
    const loaded = await load(file);
    expect(loaded.duration).toBe(2);
    expect(loaded.warnings).toHaveLength(1);
  });

  test("a movement of colours is named as what it is", async () => {
    const file = quad((json) => {
      const pointer = { KHR_animation_pointer: { pointer: "/materials/0/emissiveFactor" } };
      json.extensionsUsed = ["KHR_animation_pointer"] as never;
      const animation = json.animations?.[0] as Record<string, Record<string, unknown>[]>;
      animation.channels = [{ sampler: 0, target: { path: "pointer", extensions: pointer } }];
    });
    expect((await load(file)).warnings).toEqual([
      "it animates colours or other properties besides transformations (KHR_animation_pointer), which is not played",
    ]);
  });
});

describe("what does not fit together is refused, in words", () => {
  const cases: readonly (readonly [name: string, file: Uint8Array, reason: RegExp])[] = [
    [
      "an offset that no component starts at",
      quad((json) => Object.assign(json.accessors?.[0] ?? {}, { byteOffset: 1, count: 3 })),
      /accessor 0 starts at byte 1, which is not a multiple of its component size, 4 bytes/,
    ],
    [
      "a stride below the size of a value",
      quad((json) => Object.assign(json.bufferViews?.[0] ?? {}, { byteStride: 8 })),
      /accessor 0 has values of 12 bytes, but its buffer view a byteStride of 8/,
    ],
    [
      "fewer texture coordinates than vertices",
      quad((json) => Object.assign(json.accessors?.[1] ?? {}, { count: 3 })),
      /mesh 0, primitive 0 has 4 vertices, but 3 values of TEXCOORD_0/,
    ],
    [
      "positions of two coordinates",
      quad((json) => Object.assign(json.accessors?.[0] ?? {}, { type: "VEC2" })),
      /has a POSITION of type VEC2 instead of VEC3/,
    ],
    [
      "an index beyond the vertices",
      quad((_json, { body }) => body.set([9, 0], 48 + 32)),
      /a face uses vertex 9, but there are only 4 vertices/,
    ],
    [
      "more weights than morph targets",
      quad((json) => Object.assign(json.meshes?.[0] ?? {}, { weights: [1, 1] })),
      /mesh 0 has 2 weights for 0 morph targets/,
    ],
    [
      "a morph target of another size",
      quad((json) => {
        primitiveOf(json).targets = [{ POSITION: 4 }];
      }),
      /has 4 vertices, but 3 values of POSITION of morph target 0/,
    ],
    [
      "sparse values beyond their view",
      quad((json) => {
        const sparse = {
          count: 4,
          indices: { bufferView: 2, componentType: 5123 },
          values: { bufferView: 3 },
        };
        Object.assign(json.accessors?.[0] ?? {}, { sparse });
      }),
      /accessor 0 \(sparse values\) declares 4 values, which end at byte 48 of a buffer view of 12 bytes/,
    ],
    [
      "a mesh that is not there",
      quad((json) => Object.assign(json.nodes?.[0] ?? {}, { mesh: 3 })),
      /node 0 uses mesh 3, which is not there/,
    ],
    [
      "a material that is not there",
      quad((json) => Object.assign(primitiveOf(json), { material: 3 })),
      /mesh 0, primitive 0 uses material 3, which is not there/,
    ],
    [
      "text where a number belongs",
      quad((json) => Object.assign(json.nodes?.[0] ?? {}, { translation: ["a", 0, 0] })),
      /GLB: nodes\[0\]\.translation\[0\] is not a number/,
    ],
    [
      "a list that is none",
      quad((json) => Object.assign(json, { meshes: { a: 1 } })),
      /GLB: meshes is not a list/,
    ],
    [
      "glTF 1.0",
      quad((json) => Object.assign(json, { asset: {}, accessors: { first: {} } })),
      /this is glTF 1\.0 of 2015, .* convert it: npx gltf-pipeline/,
    ],
  ];
  for (const [name, file, reason] of cases) {
    test(name, async () => {
      expect(await refusal(file)).toMatch(reason);
    });
  }

  test("a vertex on a joint beyond the skeleton; one of no weight is put right", async () => {
    const skinned = (weight: number): Uint8Array =>
      quad((json, parts) => {
        const joints = addView(
          parts,
          new Uint8Array([0, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
          parts,
        );
        json.accessors?.push({ bufferView: joints, componentType: 5121, count: 4, type: "VEC4" });
        const weights = [1, weight, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0];
        const attributes = primitiveOf(json).attributes as Record<string, number>;
        attributes.JOINTS_0 = (json.accessors?.length ?? 0) - 1;
        attributes.WEIGHTS_0 = addAccessor(parts, weights, "VEC4");
        Object.assign(json, {
          nodes: [{ mesh: 0, skin: 0 }, {}],
          scenes: [{ nodes: [0, 1] }],
          skins: [{ joints: [1] }],
          animations: [],
        });
      });
    expect(await refusal(skinned(1))).toMatch(/vertex 0 of mesh .* is bound to joint 7, but its skin has 1/);
    expect((await load(skinned(0))).counts.triangles).toBe(2);
  });

  test("whatever else stops the reader, the sentence has no words of JavaScript or three.js", async () => {
    const file = quad((json) => {
      const transform = { KHR_texture_transform: { offset: null } };
      Object.assign(json, { extensionsUsed: ["KHR_texture_transform"] });
      Object.assign(json.materials?.[0] ?? {}, { emissiveTexture: { index: 0, extensions: transform } });
    });
    const message = await refusal(file);
    expect(message).toMatch(
      /content is damaged, and the reader cannot tell where; the glTF Validator can: https/,
    );
    expect(message).not.toMatch(/undefined|null is not|THREE/);
  });
});

describe("read as other programs read it", () => {
  test("JSON that is padded by NUL", async () => {
    const bytes = Buffer.from(quad((json) => Object.assign(json, { asset: { version: "2.0", x: "" } })));
    const end = 20 + bytes.readUInt32LE(12);
    let at = end;
    while (bytes[at - 1] === 0x20) at -= 1;
    // At least one byte of padding, else the sample's text has just the right length.
    const file = at < end ? bytes.fill(0, at, end) : bytes;
    expect(at).toBeLessThan(end);
    expect((await load(file)).counts.triangles).toBe(2);
  });

  test("interleaved vertices whose last one ends before its stride does", async () => {
    const file = quad((json, parts) => {
      const values = new Float32Array(4 * 5 - 2);
      for (const [i, point] of [
        [-1, -1],
        [1, -1],
        [1, 1],
        [-1, 1],
      ].entries())
        values.set(point, i * 5);
      const view = addView(parts, new Uint8Array(values.buffer), parts, { byteStride: 20 });
      Object.assign(json.accessors?.[0] ?? {}, { bufferView: view });
    });
    const { bounds } = await load(file);
    expect([bounds.min.x, bounds.max.y]).toEqual([-1, 1]);
  });

  test("bounds come from the vertices, whatever min and max say, and without a word where they are missing", async () => {
    const lines: string[] = [];
    const saved = console.warn;
    console.warn = (...parts: unknown[]) => lines.push(parts.join(" "));
    try {
      for (const bounds of [
        { min: [90, 90, 90], max: [91, 91, 91] },
        { min: undefined, max: undefined },
      ]) {
        const file = quad((json) => Object.assign(json.accessors?.[0] ?? {}, bounds, { normalized: true }));
        const loaded = await load(file);
        expect(loaded.bounds.min.x).toBe(-1);
        expect(loaded.warnings).toEqual([]);
      }
    } finally {
      console.warn = saved;
    }
    expect(lines).toEqual([]);
  });

  test("bounds are those of the pose that is shown, not of all morph targets at once", async () => {
    const morphed = (weight: number): Uint8Array =>
      quad((json, parts) => {
        const target = addAccessor(parts, [0, 5, 0, 0, 5, 0, 0, 5, 0, 0, 5, 0], "VEC3");
        primitiveOf(json).targets = [{ POSITION: target }];
        Object.assign(json.meshes?.[0] ?? {}, { weights: [weight] });
        json.animations = [];
      });
    expect((await load(morphed(0))).bounds.max.y).toBe(1);
    expect((await load(morphed(1))).bounds.max.y).toBe(6);
  });

  for (const uri of ["100% quad.png", "100%25%20quad.png", "100%%20quad.png?v=2#x"]) {
    test(`a picture named ${uri}`, async () => {
      directory.write("100% quad.png", checkerPng());
      const { json, body } = texturedQuad();
      const data = `data:application/octet-stream;base64,${Buffer.from(body).toString("base64")}`;
      const buffers = [{ uri: data, byteLength: body.byteLength }];
      const loaded = await load(JSON.stringify({ ...json, buffers, images: [{ uri }] }), "quad.gltf");
      expect(loaded.warnings).toEqual([]);
    });
  }

  test("extensions that change nothing in a picture may be required; others are named", async () => {
    const required = ["KHR_xmp_json_ld", "EXT_structural_metadata", "FB_ngon_encoding", "EXT_mesh_features"];
    const silent = quad((json) =>
      Object.assign(json, { extensionsUsed: required, extensionsRequired: required }),
    );
    expect((await load(silent)).warnings).toEqual([]);
    const used = quad((json) => Object.assign(json, { extensionsUsed: ["ACME_wobble", "KHR_xmp"] }));
    expect((await load(used)).warnings).toEqual(['it is shown without the glTF extensions "ACME_wobble"']);
  });

  test("an environment of the scene that is shown is named where it is not used", async () => {
    const lit = (scene: number, required: boolean) =>
      quad((json) => {
        const name = "EXT_lights_image_based";
        const light = { intensity: 1, irradianceCoefficients: Array(9).fill([1, 1, 1]), specularImages: [] };
        Object.assign(json, {
          extensionsUsed: [name],
          ...(required && { extensionsRequired: [name] }),
          extensions: { [name]: { lights: [light] } },
          scene,
          scenes: [{ nodes: [0], extensions: { [name]: { light: 0 } } }, { nodes: [0] }],
        });
      });
    const word =
      "its environment (EXT_lights_image_based) is not used, the usual lights are shown in its place: it is damaged";
    expect((await load(lit(0, false))).warnings).toEqual([word]);
    expect((await load(lit(0, true))).warnings).toEqual([word]);
    expect((await load(lit(1, false))).warnings).toEqual([]);
  });

  test("an AVIF texture is named with what to do, unless there is another picture in its place", async () => {
    const withAvif = (change: Record<string, unknown>) =>
      quad((json) => {
        const avif = Buffer.concat([
          Buffer.from([0, 0, 0, 32]),
          Buffer.from("ftypavif\0\0\0\0avifmif1miafMA1B"),
        ]);
        const images = [...(json.images ?? []), { uri: `data:image/avif;base64,${avif.toString("base64")}` }];
        const extensions = { EXT_texture_avif: { source: images.length - 1 } };
        Object.assign(json, {
          images,
          textures: [{ extensions, ...change }],
          extensionsUsed: ["EXT_texture_avif"],
        });
      });
    expect((await load(withAvif({}))).warnings).toEqual([
      "texture 0 is left out: it is an AVIF picture, which cannot be read; save it as PNG, JPEG or WebP",
    ]);
    expect((await load(withAvif({ source: 0 }))).warnings).toEqual([]);
  });

  test("a node that is not visible, with its children", async () => {
    const file = quad((json) =>
      Object.assign(json, {
        extensionsUsed: ["KHR_node_visibility"],
        nodes: [
          { mesh: 0 },
          { extensions: { KHR_node_visibility: { visible: false } }, children: [2] },
          { mesh: 0, translation: [9, 0, 0] },
        ],
        scenes: [{ nodes: [0, 1] }],
        animations: [],
      }),
    );
    expect((await load(file)).bounds.max.x).toBe(1);
  });

  test("positions relative to a centre (CESIUM_RTC)", async () => {
    const file = quad((json) =>
      Object.assign(json, {
        extensionsUsed: ["CESIUM_RTC"],
        extensionsRequired: ["CESIUM_RTC"],
        extensions: { CESIUM_RTC: { center: [100, 200, 300] } },
        animations: [],
      }),
    );
    const { bounds } = await load(file);
    expect(bounds.getCenter(new Vector3()).toArray()).toEqual([100, 200, 300]);
  });

  test("specular-glossiness materials as metal-rough ones of the same look", async () => {
    const file = quad((json) => {
      const name = "KHR_materials_pbrSpecularGlossiness";
      Object.assign(json, { extensionsUsed: [name], extensionsRequired: [name] });
      const values = {
        diffuseFactor: [0.5, 0.25, 0.125, 1],
        diffuseTexture: { index: 0 },
        specularFactor: [0.1, 0.2, 0.3],
        glossinessFactor: 0.75,
      };
      Object.assign(json, { materials: [{ extensions: { [name]: values } }] });
    });
    const loaded = await load(file);
    expect(loaded.warnings).toEqual([]);
    const material = meshesOf(loaded.object)[0]?.material as MeshPhysicalMaterial;
    expect(material.map).not.toBeNull();
    expect(material.metalness).toBe(0);
    expect(material.roughness).toBe(0.25);
    expect(material.color.toArray()).toEqual([0.5, 0.25, 0.125]);
    expect(material.specularColor.toArray()).toEqual([0.1, 0.2, 0.3]);
  });

  test("glossiness of a texture's alpha becomes roughness", async () => {
    const file = quad((json) => {
      const name = "KHR_materials_pbrSpecularGlossiness";
      json.extensionsUsed = [name] as never;
      const extensions = { [name]: { specularGlossinessTexture: { index: 0 } } };
      Object.assign(json, { materials: [{ extensions }] });
    });
    const material = meshesOf((await load(file)).object)[0]?.material as MeshPhysicalMaterial;
    const pixels = material.roughnessMap?.image as { data: Uint8Array } | undefined;
    // The checker is opaque: fully glossy.
    expect([pixels?.data[1], pixels?.data[3]]).toEqual([0, 255]);
    expect(material.specularColorMap?.image).not.toBe(material.roughnessMap?.image);
  });
});

/** The quad's vertices, texture coordinates and indices as Google's encoder 1.5 compresses them. */
const DRACO_QUAD =
  "RFJBQ08CAgEBAAAABAIBAgAAAR//ARH/AREC/wAAAAAAAQAJAwAAAgEDCQIAAQIBAQEAAwMBMAEQAwAogpgAAAAAAP8/AAAAAIC/AACAvwAAAAAAAABADgEBAQADAwEgASADAPCDpgAAAAAA/w8AAAAAAAAAAAAAAACAPww=";

/** The checker of 8 x 8 px as Binomial's encoder 2.5 compresses it. */
const KTX2_CHECKERS = {
  ETC1S:
    "q0tUWCAyMLsNChoKAAAAAAEAAAAIAAAACAAAAAAAAAAAAAAAAQAAAAEAAAABAAAAaAAAACwAAACUAAAAJAAAALgAAAAAAAAAiQAAAAAAAABBAQAAAAAAAAIAAAAAAAAAAAAAAAAAAAAsAAAAAAAAAAIAKACjAQIAAwMAAAgAAAAAAAAAAAA/AAAAAAAAAAAA/////x8AAABLVFh3cml0ZXIAQmFzaXMgVW5pdmVyc2FsIDIuNTAAAAQAAgArAAAACQAAAC0AAAAAAAAAAAAAAAAAAAACAAAAAAAAAAAAAAAgwEQAAAAAAADiBAQwEQAAAAAAgCQQACYAAAAAAAAQAoAJAAAAAAAABDA2rKqqqlJVVVUFAMFEAAAAAAAA8l+NAJgBAAAAAABAwggwIUAAAAAABJFTCgAmAAAAAAAAEEAAEAY=",
  "UASTC with zstd":
    "q0tUWCAyMLsNChoKAAAAAAEAAAAIAAAACAAAAAAAAAAAAAAAAQAAAAEAAAACAAAAaAAAACwAAACUAAAAJAAAAAAAAAAAAAAAAAAAAAAAAAC4AAAAAAAAAC8AAAAAAAAAQAAAAAAAAAAsAAAAAAAAAAIAKACmAQIAAwMAABAAAAAAAAAAAAB/AAAAAAAAAAAA/////x8AAABLVFh3cml0ZXIAQmFzaXMgVW5pdmVyc2FsIDIuNTAAACi1L/0gQDUBAOD3HwDgH3oAF+Af4B8CDwDg/x8C4AH3////H3zvBEAHoAAycxcg",
};

describe("compressed glTF", () => {
  const draco = (bytes: Uint8Array): Uint8Array =>
    quad((json, parts) => {
      const bufferView = addView(parts, bytes, parts);
      const extension = { bufferView, attributes: { POSITION: 0, TEXCOORD_0: 1 } };
      for (const accessor of json.accessors?.slice(0, 3) ?? []) delete accessor.bufferView;
      primitiveOf(json).extensions = { KHR_draco_mesh_compression: extension };
      const names = ["KHR_draco_mesh_compression"];
      Object.assign(json, { extensionsUsed: names, extensionsRequired: names });
    });

  test("Draco has the vertices, coordinates and faces that were compressed", async () => {
    const loaded = await load(draco(Buffer.from(DRACO_QUAD, "base64")));
    expect(loaded.warnings).toEqual([]);
    expect(loaded.counts.triangles).toBe(2);
    const geometry = meshesOf(loaded.object)[0]?.geometry;
    const position = geometry?.getAttribute("position");
    const uv = geometry?.getAttribute("uv");
    for (let i = 0; i < (position?.count ?? 0); i += 1) {
      expect(uv?.getX(i)).toBeCloseTo(((position?.getX(i) ?? 9) + 1) / 2, 3);
      expect(uv?.getY(i)).toBeCloseTo((1 - (position?.getY(i) ?? 9)) / 2, 3);
    }
    expect(position?.count).toBeGreaterThanOrEqual(4);
  });

  test("Draco that is damaged is refused in words", async () => {
    const bytes = Buffer.from(DRACO_QUAD, "base64").subarray(0, 60);
    expect(await refusal(draco(bytes))).toMatch(/GLB: its Draco data are damaged or cut off/);
  });

  for (const [encoding, base64] of Object.entries(KTX2_CHECKERS)) {
    const textured = (bytes: Uint8Array): Uint8Array => {
      const parts = texturedQuad(bytes);
      const textures = [{ extensions: { KHR_texture_basisu: { source: 0 } } }];
      const names = ["KHR_texture_basisu"];
      const json = { ...parts.json, textures, extensionsUsed: names, extensionsRequired: names };
      return glb({ ...parts, json });
    };

    test(`KTX2 in ${encoding} has the checker's colours, the right way up`, async () => {
      const loaded = await load(textured(Buffer.from(base64, "base64")));
      expect(loaded.warnings).toEqual([]);
      const material = meshesOf(loaded.object)[0]?.material as MeshPhysicalMaterial;
      const image = material.emissiveMap?.image as { width: number; data: Uint8Array } | undefined;
      expect(image?.width).toBe(8);
      const dominant = [0, 7, 56, 63].map((at) =>
        [...(image?.data.subarray(at * 4, at * 4 + 3) ?? [])].map((value) => (value > 128 ? 1 : 0)).join(""),
      );
      expect(dominant).toEqual(["100", "010", "001", "111"]);
    });

    test(`KTX2 in ${encoding} that is cut off is said, and the mesh is shown`, async () => {
      const loaded = await load(textured(Buffer.from(base64, "base64").subarray(0, 190)));
      expect(loaded.warnings.join()).toMatch(/texture 0 is left out: .*KTX2/);
      expect(loaded.counts.triangles).toBe(2);
    });
  }
});

describe("the lights of a file", () => {
  const lit = (intensities: readonly number[]): Uint8Array =>
    quad((json) => {
      const lights = intensities.map((intensity) => ({ type: "point", intensity, color: [0, 0, 1] }));
      const nodes = lights.map((_, light) => ({
        translation: [0, 0, 1 + light],
        extensions: { KHR_lights_punctual: { light } },
      }));
      Object.assign(json, {
        extensionsUsed: ["KHR_lights_punctual"],
        extensions: { KHR_lights_punctual: { lights } },
        nodes: [{ mesh: 0 }, ...nodes],
        scenes: [{ nodes: [0, ...nodes.keys().map((node) => node + 1)] }],
        animations: [],
      });
    });
  const intensitiesOf = (root: Object3D): number[] => {
    const found: number[] = [];
    root.traverse((object) => {
      if ("isPointLight" in object) found.push((object as PointLight).intensity);
    });
    return found;
  };

  test("light its middle fully, whatever their units were, in the proportions that they have", async () => {
    for (const unit of [0.01, 50_000]) {
      const [near = 0, far = 0] = intensitiesOf((await load(lit([unit, 4 * unit]))).object);
      expect(far / near).toBeCloseTo(4, 6);
      // At distances of 1 and 2.
      expect(near + far / 4).toBeCloseTo(Math.PI, 6);
    }
  });

  test("are at most eight, with a word about the rest; damaged ones are left out", async () => {
    const many = await load(lit(Array.from({ length: 12 }, () => 1)));
    expect(intensitiesOf(many.object)).toHaveLength(8);
    expect(many.warnings).toEqual(["it is lit by the first 8 of its 12 lights"]);
    const broken = await load(lit([1, "bright" as unknown as number]));
    expect(intensitiesOf(broken.object)).toHaveLength(1);
    expect(broken.warnings).toEqual(["lights that are damaged are left out (1)"]);
  });
});
