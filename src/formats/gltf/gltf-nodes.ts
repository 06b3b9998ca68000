import type { GltfDocument } from "./gltf-document.ts";
import { element, GltfError } from "./gltf-error.ts";

const MAX_NODE_DEPTH = 500;

/**
 * Checks that the node hierarchy is a forest, and that its references exist. In a cycle, the promises of three.js's
 * GLTFLoader would wait for each other forever.
 *
 * @throws GltfError
 */
export function checkNodes(document: GltfDocument): void {
  const { nodes = [], scenes = [] } = document;
  const parents = findParents(nodes);
  checkDepth(parents);
  for (const [i, node] of nodes.entries()) {
    if (node.mesh !== undefined) element(document.meshes, node.mesh, `node ${i}`, "mesh");
    if (node.skin !== undefined) element(document.skins, node.skin, `node ${i}`, "skin");
    if (node.camera !== undefined) element(document.cameras, node.camera, `node ${i}`, "camera");
  }
  for (const [i, scene] of scenes.entries()) {
    for (const node of scene.nodes ?? []) {
      if (nodes[node] === undefined)
        throw new GltfError(`scene ${i} shows node ${node}, which does not exist`);
    }
  }
  for (const [i, camera] of (document.cameras ?? []).entries()) {
    if (camera[camera.type] === undefined) {
      throw new GltfError(`camera ${i} is ${camera.type}, but has no such values: the file is damaged`);
    }
  }
}

function findParents(nodes: NonNullable<GltfDocument["nodes"]>): Int32Array {
  const parents = new Int32Array(nodes.length).fill(-1);
  for (const [i, node] of nodes.entries()) {
    for (const child of node.children ?? []) {
      if (nodes[child] === undefined)
        throw new GltfError(`node ${i} has node ${child} as a child, which does not exist`);
      if (parents[child] !== -1)
        throw new GltfError(`node ${child} is a child of two nodes: glTF nodes must be a tree`);
      parents[child] = i;
    }
  }
  return parents;
}

function checkDepth(parents: Int32Array): void {
  const depths = new Int32Array(parents.length);
  for (let start = 0; start < parents.length; start += 1) {
    const path: number[] = [];
    for (let node = start; node !== -1 && depths[node] === 0; node = parents[node] ?? -1) {
      path.push(node);
      if (path.length > MAX_NODE_DEPTH) {
        throw new GltfError(
          `the node hierarchy has more than ${MAX_NODE_DEPTH} levels or a cycle, at node ${start}`,
        );
      }
    }
    for (const node of path.reverse()) {
      const depth = (depths[parents[node] ?? -1] ?? 0) + 1;
      if (depth > MAX_NODE_DEPTH)
        throw new GltfError(`the node hierarchy has more than ${MAX_NODE_DEPTH} levels`);
      depths[node] = depth;
    }
  }
}
