import { LoadingManager, type Mesh, type Object3D, type SkinnedMesh } from "three";
import { type GLTF, GLTFLoader, type GLTFParser } from "three/examples/jsm/loaders/GLTFLoader.js";
import type { GltfDocument } from "../../formats/gltf/gltf-document.ts";
import { GltfError } from "../../formats/gltf/gltf-error.ts";
import { quote } from "../../formats/load-error.ts";
import type { PreparedGltf } from "../../loading/prepare-gltf.ts";
import type { Actor } from "../actor.ts";
import { GltfResources } from "./gltf-resources.ts";
import { muteThreeConsole } from "./mute-three-console.ts";

const VALIDATOR = "https://github.khronos.org/glTF-Validator/";

/**
 * Builds the objects of a glTF scene with three.js's GLTFLoader.
 *
 * @throws GltfError
 */
export async function buildGltfScene(data: PreparedGltf): Promise<Actor> {
  try {
    const gltf = await muteThreeConsole(() => runLoader(data));
    const scene = gltf.scene ?? gltf.scenes[0];
    if (scene === undefined) throw new GltfError("it has no scene: there is nothing to draw");
    checkSkins(scene);
    attachPrepared(scene, data, gltf.parser);
    hideNodes(scene, data.document, gltf.parser);
    scene.position.add({ x: data.origin[0], y: data.origin[1], z: data.origin[2] });
    return { object: scene, animations: gltf.animations };
  } catch (error) {
    if (error instanceof GltfError) throw error;
    // Messages of three.js and of the JavaScript engine do not help the user; they are kept as the cause.
    const reason = `its content is damaged; the glTF Validator shows where: ${VALIDATOR}`;
    throw new GltfError(reason, { cause: error });
  }
}

async function runLoader(data: PreparedGltf): Promise<GLTF> {
  const { document } = data;
  const manager = new LoadingManager();
  // Blocks every other request: buffers and images are supplied by the plugins below.
  manager.setURLModifier((url) => {
    throw new GltfError(`${quote(url)} is not fetched`);
  });
  const loader = new GLTFLoader(manager);
  const usedExtensions = document.extensionsUsed ?? [];
  if (usedExtensions.some((name) => name.endsWith("_meshopt_compression"))) {
    const { MeshoptDecoder } = await import("three/examples/jsm/libs/meshopt_decoder.module.js");
    loader.setMeshoptDecoder(MeshoptDecoder);
  }
  if (usedExtensions.includes("KHR_draco_mesh_compression")) {
    const { DracoGeometryDecoder } = await import("./draco-decoder.ts");
    // The type is the whole DRACOLoader, of which GLTFLoader calls two methods.
    loader.setDRACOLoader(
      new DracoGeometryDecoder() as unknown as Parameters<typeof loader.setDRACOLoader>[0],
    );
  }
  loader.register((parser) => new GltfResources(parser, data));
  if (document.scenes?.some(({ extensions }) => extensions?.EXT_lights_image_based !== undefined)) {
    const { GltfEnvironment } = await import("./gltf-environment.ts");
    loader.register((parser) => new GltfEnvironment(parser, data));
  }
  return new Promise((resolve, reject) => {
    // GLTFLoader accepts a parsed document too, which its types omit.
    loader.parse(document as unknown as string, "", resolve, reject);
  });
}

/**
 * Checks the joint indices of skinned vertices, which three.js uses unchecked. An invalid index with weight 0 becomes 0.
 *
 * @throws GltfError if a weighted joint is not in the skeleton
 */
function checkSkins(scene: Object3D): void {
  scene.traverse((object) => {
    if (!("isSkinnedMesh" in object)) return;
    const { geometry, skeleton, name } = object as SkinnedMesh;
    const joints = geometry.getAttribute("skinIndex");
    const weights = geometry.getAttribute("skinWeight");
    for (let vertex = 0; vertex < joints.count; vertex += 1) {
      for (let k = 0; k < 4; k += 1) {
        const joint = joints.getComponent(vertex, k);
        if (joint < skeleton.bones.length) continue;
        if (weights.getComponent(vertex, k) !== 0) {
          throw new GltfError(
            `vertex ${vertex} of mesh ${quote(name)} is bound to joint ${joint}, but its skin has ${skeleton.bones.length}: the file is damaged`,
          );
        }
        joints.setComponent(vertex, k, 0);
      }
    }
  });
}

/** Attaches to each geometry what `prepareGltf` has prepared, as `userData.prepared`. */
function attachPrepared(scene: Object3D, { surfaces }: PreparedGltf, parser: GLTFParser): void {
  scene.traverse((object) => {
    const { meshes, primitives } = parser.associations.get(object) ?? {};
    const surface = surfaces[meshes ?? -1]?.[primitives ?? -1];
    if (surface !== undefined && "isMesh" in object) (object as Mesh).geometry.userData.prepared = surface;
  });
}

/** Applies KHR_node_visibility: an invisible node hides its children too. */
function hideNodes(scene: Object3D, document: GltfDocument, parser: GLTFParser): void {
  scene.traverse((object) => {
    const node = parser.associations.get(object)?.nodes;
    const extension = document.nodes?.[node ?? -1]?.extensions?.KHR_node_visibility;
    if ((extension as { visible?: unknown } | undefined)?.visible === false) object.visible = false;
  });
}
