import { type PlySampleElement, plyFile } from "./ply-builder.ts";
import { cubeObj, cubePlyAscii, cubePlyBinary, cubeStlAscii, cubeStlBinary } from "./samples.ts";

const RICH_OBJ = `# comment
mtllib sample.mtl
o part \\
 one
v 0 0 0 1 0 0
v 1 0 0 0 1 0
v 1 1 0 0 0 1
v 0.5 0.25 0
v 0 1 0
vt 0 0
vt 1 0
vt 1 1
vn 0 0 1
usemtl red
s 1
f 1/1/1 2/2/1 3/3/1
f 1//1 2//1 3//1 4//1 5//1
g two
usemtl clear
f -5 -4 -3 -2
l 1 2 3/2
p 4 5
`;

const CUBE_OFF = `COFF
# counts
8 6 12
${["000", "100", "110", "010", "001", "101", "111", "011"].map((corner) => `${[...corner].join(" ")} 255 128.5 0 255`).join("\n")}
4 0 3 2 1
4 4 5 6 7
4 0 1 5 4
4 1 2 6 5
4 2 3 7 6
4 3 0 4 7
`;

const RICH_PLY: readonly PlySampleElement[] = [
  { name: "camera", properties: ["float view_px", "list uchar short pixels"], rows: [[1, [1, 2, 3]]] },
  {
    name: "vertex",
    properties: [
      "double x",
      "int y",
      "short z",
      "uchar red",
      "uchar green",
      "uchar blue",
      "float s",
      "float t",
    ],
    rows: [
      [0, 0, 0, 255, 0, 0, 0, 0],
      [1, 0, 0, 0, 255, 0, 1, 0],
      [1, 1, 0, 0, 0, 255, 1, 1],
      [0.5, 1, 0, 9, 9, 9, 0, 1],
      [0, 1, 1, 9, 9, 9, 0, 1],
    ],
  },
  {
    name: "face",
    properties: ["list uchar int vertex_indices", "list uchar float texcoord", "uchar flags"],
    rows: [
      [[0, 1, 2], [0, 0, 1, 0, 1, 1], 1],
      [[0, 1, 2, 3, 4], [], 2],
      [[3, 2, 1, 0], [], 3],
    ],
  },
  { name: "tristrips", properties: ["list int int vertex_indices"], rows: [[[0, 1, 2, 3, -1, 2, 3, 4]]] },
  {
    name: "edge",
    properties: ["int vertex1", "int vertex2"],
    rows: [
      [0, 4],
      [1, 3],
    ],
  },
];

/** Meshes to damage, by the extension of the format. */
export const MESH_SAMPLES = {
  obj: [cubeObj(), RICH_OBJ, Buffer.from(RICH_OBJ)],
  ply: [
    cubePlyAscii(),
    cubePlyBinary(),
    plyFile(RICH_PLY, { comments: ["TextureFile sample.png"] }).toString("latin1"),
    plyFile(RICH_PLY, { encoding: "binary_little_endian" }),
    plyFile(RICH_PLY, { encoding: "binary_big_endian", newline: "\r\n" }),
  ],
  stl: [
    cubeStlAscii(),
    cubeStlBinary(),
    cubeStlBinary("COLOR=\xff\x80\x00\xff, Magics"),
    Buffer.from(cubeStlAscii()),
  ],
  off: [CUBE_OFF, CUBE_OFF.replace("COFF", "OFF").replace("# counts\n", "")],
} satisfies Record<string, (string | Uint8Array)[]>;
