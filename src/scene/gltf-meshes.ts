import type { GltfAccessor, GltfDocument, GltfPrimitive } from "./gltf-document.ts";
import { element, GltfError } from "./gltf-error.ts";
import { printable } from "./load-error.ts";

const FLOAT = 5126;
const UNSIGNED = [5121, 5123, 5125];

/** Types of an attribute's values (glTF 2.0, section 3.7.2.1); attributes of other names are not drawn. */
const ATTRIBUTE_TYPES: readonly (readonly [RegExp, readonly GltfAccessor["type"][]])[] = [
  [/^(POSITION|NORMAL)$/, ["VEC3"]],
  [/^TANGENT$/, ["VEC4"]],
  [/^TEXCOORD_\d+$/, ["VEC2"]],
  [/^COLOR_\d+$/, ["VEC3", "VEC4"]],
  [/^(JOINTS|WEIGHTS)_\d+$/, ["VEC4"]],
];

const INSTANCE_TYPES: Readonly<Record<string, GltfAccessor["type"]>> = {
  TRANSLATION: "VEC3",
  ROTATION: "VEC4",
  SCALE: "VEC3",
};

/**
 * Checks what the primitives, morph targets and skins of a document say about each other's accessors.
 *
 * @throws GltfError
 */
export function checkMeshes(document: GltfDocument): void {
  for (const [m, mesh] of (document.meshes ?? []).entries()) {
    const targets = mesh.primitives[0]?.targets?.length ?? 0;
    for (const [p, primitive] of mesh.primitives.entries()) {
      const user = `mesh ${m}, primitive ${p}`;
      checkPrimitive(user, primitive, document);
      if ((primitive.targets?.length ?? 0) !== targets) {
        throw new GltfError(
          `${user} has another number of morph targets than primitive 0: the file is damaged`,
        );
      }
    }
    checkWeights(`mesh ${m}`, mesh.weights, targets);
  }
  for (const [n, node] of (document.nodes ?? []).entries()) {
    if (node.mesh === undefined) continue;
    const targets = document.meshes?.[node.mesh]?.primitives[0]?.targets?.length ?? 0;
    checkWeights(`node ${n}`, node.weights, targets);
    checkInstances(`node ${n}`, node.extensions?.EXT_mesh_gpu_instancing, document);
  }
  for (const [s, skin] of (document.skins ?? []).entries()) {
    const user = `skin ${s}`;
    for (const joint of skin.joints) element(document.nodes, joint, user, "node");
    if (skin.joints.length === 0) throw new GltfError(`${user} has no joints: the file is damaged`);
    if (skin.inverseBindMatrices === undefined) continue;
    const matrices = element(document.accessors, skin.inverseBindMatrices, user, "accessor");
    if (matrices.type !== "MAT4" || matrices.componentType !== FLOAT || matrices.count < skin.joints.length) {
      throw new GltfError(
        `${user} has ${skin.joints.length} joints, but not as many inverse bind matrices: the file is damaged`,
      );
    }
  }
}

function checkPrimitive(user: string, primitive: GltfPrimitive, document: GltfDocument): void {
  const { accessors } = document;
  const at = (index: number, what: string) => element(accessors, index, `${user} (${what})`, "accessor");
  // Draco keeps the vertices; the accessors only repeat how many there are.
  const vertices =
    primitive.attributes.POSITION === undefined
      ? undefined
      : at(primitive.attributes.POSITION, "POSITION").count;
  const check = (index: number, name: string, where: string): void => {
    const accessor = at(index, where);
    const types = ATTRIBUTE_TYPES.find(([pattern]) => pattern.test(name))?.[1];
    if (types !== undefined && !types.includes(accessor.type)) {
      throw new GltfError(`${user} has a ${where} of type ${accessor.type} instead of ${types.join(" or ")}`);
    }
    const fits = name === where ? accessor.count >= (vertices ?? 0) : accessor.count === vertices;
    if (vertices !== undefined && !fits) {
      throw new GltfError(
        `${user} has ${vertices} vertices, but ${accessor.count} values of ${where}: the file is damaged`,
      );
    }
  };
  for (const [name, index] of Object.entries(primitive.attributes)) check(index, name, name);
  for (const [t, target] of (primitive.targets ?? []).entries()) {
    for (const [name, index] of Object.entries(target)) {
      check(index, name === "TANGENT" ? "NORMAL" : name, `${name} of morph target ${t}`);
      if (primitive.attributes[name] === undefined) {
        throw new GltfError(`${user} has morph target ${t} for ${name}, which it does not have itself`);
      }
    }
  }
  if (primitive.indices !== undefined) {
    const indices = at(primitive.indices, "indices");
    if (indices.type !== "SCALAR" || !UNSIGNED.includes(indices.componentType)) {
      throw new GltfError(`${user} has indices that are no whole numbers: the file is damaged`);
    }
  }
  if (primitive.material !== undefined) element(document.materials, primitive.material, user, "material");
}

function checkWeights(user: string, weights: readonly number[] | undefined, targets: number): void {
  if (weights === undefined || weights.length === targets) return;
  throw new GltfError(
    `${user} has ${weights.length} weights for ${targets} morph targets: the file is damaged`,
  );
}

/** EXT_mesh_gpu_instancing: a translation, rotation and scale for each instance. */
function checkInstances(user: string, extension: unknown, document: GltfDocument): void {
  if (extension === undefined) return;
  const { attributes } = extension as { attributes?: unknown };
  if (typeof attributes !== "object" || attributes === null) {
    throw new GltfError(`${user} has instances without attributes: the file is damaged`);
  }
  let instances: number | undefined;
  for (const [name, index] of Object.entries(attributes)) {
    const accessor = element(document.accessors, Number(index), `${user} (${printable(name)})`, "accessor");
    const expected = INSTANCE_TYPES[name];
    instances ??= accessor.count;
    if ((expected !== undefined && accessor.type !== expected) || accessor.count !== instances) {
      throw new GltfError(`${user} has instances whose attributes do not fit together: the file is damaged`);
    }
  }
}
