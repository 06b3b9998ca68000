import { printable } from "../load-error.ts";
import type { GltfAccessor, GltfDocument, GltfPrimitive } from "./gltf-document.ts";
import { element, GltfError } from "./gltf-error.ts";

const FLOAT = 5126;
const UNSIGNED = [5121, 5123, 5125];

/** Accessor types of each attribute (glTF 2.0, section 3.7.2.1). Attributes of other names are not drawn. */
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
 * Checks that the accessors of primitives, morph targets, skins and instances have matching types and counts.
 *
 * @throws GltfError
 */
export function checkMeshes(document: GltfDocument): void {
  for (const [m, mesh] of (document.meshes ?? []).entries()) {
    const targets = mesh.primitives[0]?.targets?.length ?? 0;
    for (const [p, primitive] of mesh.primitives.entries()) {
      const referrer = `mesh ${m}, primitive ${p}`;
      checkPrimitive(referrer, primitive, document);
      if ((primitive.targets?.length ?? 0) !== targets) {
        throw new GltfError(
          `${referrer} has a different number of morph targets than primitive 0: the file is damaged`,
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
    const referrer = `skin ${s}`;
    for (const joint of skin.joints) element(document.nodes, joint, referrer, "node");
    if (skin.joints.length === 0) throw new GltfError(`${referrer} has no joints: the file is damaged`);
    if (skin.inverseBindMatrices === undefined) continue;
    const matrices = element(document.accessors, skin.inverseBindMatrices, referrer, "accessor");
    if (matrices.type !== "MAT4" || matrices.componentType !== FLOAT || matrices.count < skin.joints.length) {
      throw new GltfError(
        `${referrer} has ${skin.joints.length} joints, but not as many inverse bind matrices: the file is damaged`,
      );
    }
  }
}

function checkPrimitive(referrer: string, primitive: GltfPrimitive, document: GltfDocument): void {
  const { accessors } = document;
  const accessorAt = (index: number, role: string) =>
    element(accessors, index, `${referrer} (${role})`, "accessor");
  // This is valid for Draco too: the accessor then has no data, but the vertex count.
  const vertices =
    primitive.attributes.POSITION === undefined
      ? undefined
      : accessorAt(primitive.attributes.POSITION, "POSITION").count;
  const check = (index: number, name: string, label: string): void => {
    const accessor = accessorAt(index, label);
    const types = ATTRIBUTE_TYPES.find(([pattern]) => pattern.test(name))?.[1];
    if (types !== undefined && !types.includes(accessor.type)) {
      throw new GltfError(
        `${referrer} has a ${label} of type ${accessor.type} instead of ${types.join(" or ")}`,
      );
    }
    const fits = name === label ? accessor.count >= (vertices ?? 0) : accessor.count === vertices;
    if (vertices !== undefined && !fits) {
      throw new GltfError(
        `${referrer} has ${vertices} vertices, but ${accessor.count} values of ${label}: the file is damaged`,
      );
    }
  };
  for (const [name, index] of Object.entries(primitive.attributes)) check(index, name, name);
  for (const [t, target] of (primitive.targets ?? []).entries()) {
    for (const [name, index] of Object.entries(target)) {
      check(index, name === "TANGENT" ? "NORMAL" : name, `${name} of morph target ${t}`);
      if (primitive.attributes[name] === undefined) {
        throw new GltfError(
          `${referrer} has morph target ${t} for ${name}, which the primitive does not have`,
        );
      }
    }
  }
  if (primitive.indices !== undefined) {
    const indices = accessorAt(primitive.indices, "indices");
    if (indices.type !== "SCALAR" || !UNSIGNED.includes(indices.componentType)) {
      throw new GltfError(`${referrer} has indices that are not unsigned integers: the file is damaged`);
    }
  }
  if (primitive.material !== undefined) element(document.materials, primitive.material, referrer, "material");
}

function checkWeights(referrer: string, weights: readonly number[] | undefined, targets: number): void {
  if (weights === undefined || weights.length === targets) return;
  throw new GltfError(
    `${referrer} has ${weights.length} weights for ${targets} morph targets: the file is damaged`,
  );
}

/** Checks EXT_mesh_gpu_instancing: a translation, rotation and scale for each instance. */
function checkInstances(referrer: string, extension: unknown, document: GltfDocument): void {
  if (extension === undefined) return;
  const { attributes } = extension as { attributes?: unknown };
  if (typeof attributes !== "object" || attributes === null) {
    throw new GltfError(`${referrer} has instances without attributes: the file is damaged`);
  }
  let instances: number | undefined;
  for (const [name, index] of Object.entries(attributes)) {
    const accessor = element(
      document.accessors,
      Number(index),
      `${referrer} (${printable(name)})`,
      "accessor",
    );
    const expected = INSTANCE_TYPES[name];
    instances ??= accessor.count;
    if ((expected !== undefined && accessor.type !== expected) || accessor.count !== instances) {
      throw new GltfError(
        `${referrer} has instance attributes of different counts or of wrong types: the file is damaged`,
      );
    }
  }
}
