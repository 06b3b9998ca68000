import { describe, expect, test } from "bun:test";
import { detectFormat } from "../../src/formats/registry.ts";
import {
  cubeObj,
  cubePlyAscii,
  cubePlyBinary,
  cubeStlAscii,
  cubeStlBinary,
  glb,
  texturedQuad,
} from "./samples.ts";

const bytes = (content: string | Uint8Array): Uint8Array =>
  typeof content === "string" ? new TextEncoder().encode(content) : content;

const samples = {
  obj: [cubeObj(), cubeObj("# made by hand\r\n\r\no thing\r\n"), "mtllib a.mtl\nv 0 0 0\nv 1 0 0\nl 1 2\n"],
  ply: [cubePlyAscii(), cubePlyBinary(), cubePlyAscii().replaceAll("\n", "\r\n")],
  stl: [cubeStlAscii(), cubeStlBinary(), cubeStlBinary("solid but binary")],
  gltf: [
    JSON.stringify(texturedQuad().json),
    `\n  ${JSON.stringify({ asset: { version: "2.0" } }, null, 2)}`,
  ],
  glb: [glb(texturedQuad())],
} as const;

describe("the content tells the format, whatever the name says", () => {
  for (const [format, contents] of Object.entries(samples)) {
    for (const [i, content] of contents.entries()) {
      for (const name of [
        "noname",
        "wrong.ply",
        "wrong.obj",
        "wrong.stl",
        "wrong.glb",
        "wrong.gltf",
        "a.txt",
      ]) {
        test(`${format} sample ${i} named ${name}`, () => {
          expect(detectFormat(bytes(content), name).format).toBe(format as keyof typeof samples);
        });
      }
    }
  }
});

describe("the name tells where the content cannot", () => {
  test("a cut-off binary STL is taken for STL, so that its error can say so", () => {
    expect(detectFormat(cubeStlBinary().subarray(0, 200), "part.STL").format).toBe("stl");
    expect(detectFormat(cubeStlBinary().subarray(0, 200), "part.bin").format).toBeUndefined();
  });

  test("an OBJ that begins with 60 kB of comments is OBJ by its name", () => {
    const comments = "# nothing but words\n".repeat(3000);
    expect(detectFormat(bytes(comments), "long.obj").format).toBe("obj");
    expect(detectFormat(bytes(comments), "long.txt").format).toBeUndefined();
  });
});

describe("what is not a mesh is named", () => {
  for (const [name, content, kind] of [
    ["a.ply", "Dear diary,\ntoday I measured.\n", 'plain text that starts with "Dear diary,"'],
    ["a.obj", "The vertices follow.\nv is a letter\n", 'plain text that starts with "The vertices follow."'],
    ["a.gltf.txt", '{"name": "no mesh"}', 'JSON that starts with "{"name": "no mesh"}"'],
    [
      "a.stl",
      "<html><body>404</body></html>",
      'XML or HTML that starts with "<html><body>404</body></html>"',
    ],
    ["a.obj", "\x89PNG\r\n\x1a\n\0\0\0", "a PNG picture"],
    ["a.obj", "\x1f\x8b\x08\0", "gzip data"],
    ["a.dat", "\0\x01\x02\x03", "binary data"],
  ] as const) {
    test(`${name}: ${kind}`, () => {
      const detection = detectFormat(
        Uint8Array.from(content, (c) => c.charCodeAt(0)),
        name,
      );
      expect(detection.format).toBeUndefined();
      expect(detection.looksLike).toBe(kind);
    });
  }
});
