import { type Object3D, type SkinnedMesh, Vector3 } from "three";
import type { GLTF, GLTFParser } from "three/examples/jsm/loaders/GLTFLoader.js";
import { checkGltf } from "../../formats/gltf/gltf-check.ts";
import { type GltfDocument, parseGltfDocument } from "../../formats/gltf/gltf-document.ts";
import { GltfError } from "../../formats/gltf/gltf-error.ts";
import { convertSpecularGlossiness } from "../../formats/gltf/gltf-spec-gloss.ts";
import { checkGlbHeader } from "../../formats/inspect-file.ts";
import { LoadError, quote } from "../../formats/load-error.ts";
import { ReferencedFileError, type ReferencedFiles } from "../../formats/referenced-files.ts";
import type { ParsedFile } from "../../scene/loaded-file.ts";
import { GltfEnvironment } from "./gltf-environment.ts";
import { LocalResources, readBuffers, selectTextureSources } from "./gltf-resources.ts";
import { muteThreeConsole } from "./mute-three-console.ts";

const BIN_CHUNK = 0x004e4942;
const VALIDATOR = "https://github.khronos.org/glTF-Validator/";

/**
 * Loads glTF 2.0, as JSON or as GLB, with three.js's GLTFLoader. Buffers and images are read from the file, from `data:`
 * URIs or from files in its folder, never from the network. The document is validated before GLTFLoader gets it.
 *
 * @throws LoadError
 */
export async function loadGltf(
  path: string,
  format: "gltf" | "glb",
  bytes: Uint8Array<ArrayBuffer>,
  files: ReferencedFiles,
): Promise<ParsedFile> {
  const formatName = format === "glb" ? "GLB" : "glTF";
  try {
    const { text, body } = format === "glb" ? splitGlb(path, bytes) : { text: bytes, body: undefined };
    const document = parseGltfDocument(path, formatName, text);
    const buffers = readBuffers(files, document, body);
    const warnings = checkGltf(
      document,
      buffers.map((buffer) => buffer?.byteLength),
    );
    selectTextureSources(document);
    convertSpecularGlossiness(document);
    ensureScene(document);
    const gltf = await muteThreeConsole(() => runLoader(files, document, buffers, warnings));
    const scene = gltf.scene ?? gltf.scenes[0];
    if (scene === undefined) throw new GltfError("it has no scene: there is nothing to draw");
    checkSkins(scene);
    hideNodes(scene, document, gltf.parser);
    scene.position.add(rtcCenter(document));
    return { object: scene, animations: gltf.animations, warnings, hasMaterials: true };
  } catch (error) {
    if (error instanceof LoadError) throw error;
    const known = error instanceof GltfError || error instanceof ReferencedFileError;
    // Messages of three.js and of the JavaScript engine do not help the file's owner; they stay in the cause.
    const reason = known
      ? error.message
      : `its content is damaged, and the reader cannot tell where; the glTF Validator can: ${VALIDATOR}`;
    throw new LoadError(path, reason, { format: formatName, cause: error });
  }
}

function splitGlb(
  path: string,
  bytes: Uint8Array<ArrayBuffer>,
): {
  text: Uint8Array;
  body: ArrayBuffer | undefined;
} {
  checkGlbHeader(path, bytes, bytes.byteLength);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = view.getUint32(8, true);
  const jsonBytes = view.getUint32(12, true);
  const text = bytes.subarray(20, 20 + jsonBytes);
  for (let at = 20 + jsonBytes; at + 8 <= end; ) {
    const length = view.getUint32(at, true);
    if (at + 8 + length > end) {
      throw new LoadError(path, `a chunk claims ${length} bytes, more than there are: the file is damaged`, {
        format: "GLB",
        position: { byte: at },
      });
    }
    if (view.getUint32(at + 4, true) === BIN_CHUNK) {
      return { text, body: bytes.slice(at + 8, at + 8 + length).buffer };
    }
    at += 8 + length;
  }
  return { text, body: undefined };
}

/** Ensures that there is a default scene. A document may have no scenes; then all root nodes are shown. */
function ensureScene(document: GltfDocument): void {
  if (document.scenes !== undefined && document.scenes.length > 0) {
    if (document.scenes[document.scene ?? 0] === undefined) document.scene = 0;
    return;
  }
  const children = new Set((document.nodes ?? []).flatMap((node) => node.children ?? []));
  document.scenes = [{ nodes: [...(document.nodes ?? []).keys()].filter((node) => !children.has(node)) }];
  document.scene = 0;
}

async function runLoader(
  files: ReferencedFiles,
  document: GltfDocument,
  buffers: readonly (ArrayBuffer | undefined)[],
  warnings: string[],
): Promise<GLTF> {
  const { GLTFLoader } = await import("three/examples/jsm/loaders/GLTFLoader.js");
  const { LoadingManager } = await import("three");
  const manager = new LoadingManager();
  // Blocks every other request: buffers and images are supplied by the plugins below.
  manager.setURLModifier((url) => {
    throw new GltfError(`${quote(url)} is not fetched`);
  });
  const loader = new GLTFLoader(manager);
  const used = document.extensionsUsed ?? [];
  if (used.some((name) => name.endsWith("_meshopt_compression"))) {
    const { MeshoptDecoder } = await import("three/examples/jsm/libs/meshopt_decoder.module.js");
    loader.setMeshoptDecoder(MeshoptDecoder);
  }
  if (used.includes("KHR_draco_mesh_compression")) {
    const { DracoGeometryDecoder } = await import("./draco-decoder.ts");
    // The type is the whole DRACOLoader, of which GLTFLoader calls two methods.
    loader.setDRACOLoader(
      new DracoGeometryDecoder() as unknown as Parameters<typeof loader.setDRACOLoader>[0],
    );
  }
  loader.register((parser) => new LocalResources(parser, files, document, buffers, warnings));
  loader.register((parser) => new GltfEnvironment(parser, files, document, warnings));
  return new Promise((resolve, reject) => {
    // GLTFLoader accepts a parsed document too, which its types omit.
    loader.parse(document as unknown as string, "", resolve, reject);
  });
}

/**
 * Checks the joint indices of skinned vertices, which three.js uses unchecked. An invalid index of weight 0 becomes 0.
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

/** Applies KHR_node_visibility: an invisible node hides its children too. */
function hideNodes(scene: Object3D, document: GltfDocument, parser: GLTFParser): void {
  scene.traverse((object) => {
    const node = parser.associations.get(object)?.nodes;
    const extension = document.nodes?.[node ?? -1]?.extensions?.KHR_node_visibility;
    if ((extension as { visible?: unknown } | undefined)?.visible === false) object.visible = false;
  });
}

/** Returns the origin that all positions are relative to (CESIUM_RTC, relative to center). */
function rtcCenter({ extensions }: GltfDocument): Vector3 {
  const { center } = (extensions?.CESIUM_RTC ?? {}) as { center?: unknown };
  const isPoint = Array.isArray(center) && center.length === 3 && center.every(Number.isFinite);
  return isPoint ? new Vector3().fromArray(center) : new Vector3();
}
