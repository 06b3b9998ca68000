import { describe, expect, test } from "bun:test";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import {
  BackSide,
  type BufferGeometry,
  DoubleSide,
  FrontSide,
  type Material,
  type Mesh,
  type MeshPhongMaterial,
  type MeshStandardMaterial,
  type Object3D,
} from "three";
import { encodeJpegSync } from "../../src/native/jpeg.ts";
import { loadScene } from "../../src/scene/load-scene.ts";
import { firstMesh } from "../formats/sample-files.ts";
import {
  checkerPng,
  cubeObj,
  cubePlyAscii,
  cubePlyBinary,
  cubeStlAscii,
  cubeStlBinary,
  glb,
  texturedQuad,
} from "../formats/samples.ts";
import { sceneFiles } from "./scene-files.ts";

const files = sceneFiles();

function meshesOf(root: Object3D): Mesh<BufferGeometry>[] {
  const meshes: Mesh<BufferGeometry>[] = [];
  root.traverse((object) => {
    if ("isMesh" in object) meshes.push(object as Mesh<BufferGeometry>);
  });
  return meshes;
}

describe("a cube in every format", () => {
  for (const [name, content, up] of [
    ["cube.obj", cubeObj(), "y"],
    ["cube.ply", cubePlyAscii(), "y"],
    ["binary.ply", cubePlyBinary(), "y"],
    ["double.ply", cubePlyBinary(true, "double"), "y"],
    ["cube.stl", cubeStlAscii(), "z"],
    ["binary.stl", cubeStlBinary(), "z"],
    ["solid.stl", cubeStlBinary("solid, says the header"), "z"],
    ["really-ply.obj", cubePlyBinary(), "y"],
  ] as const) {
    test(`${name} has 12 triangles, its bounds, and normals that point out of its faces`, async () => {
      const loaded = await files.load(name, content);
      expect(loaded.counts).toEqual({ triangles: 12, points: 0, lines: 0 });
      expect(loaded.bounds.min.toArray()).toEqual([-1, -1, -1]);
      expect(loaded.bounds.max.toArray()).toEqual([1, 1, 1]);
      expect(loaded.up).toBe(up);
      expect(loaded.warnings).toEqual([]);
      const { geometry } = firstMesh(loaded.object);
      const position = geometry.getAttribute("position");
      const normal = geometry.getAttribute("normal");
      expect(position.array).toBeInstanceOf(Float32Array);
      for (let i = 0; i < position.count; i += 1) {
        // A cube's edges are sharper than the crease angle: each corner keeps the normal of its own face.
        const components = [normal.getX(i), normal.getY(i), normal.getZ(i)];
        const axis = components.findIndex((value) => Math.abs(value) > 0.99);
        expect(axis).not.toBe(-1);
        expect(components[axis]).toBeCloseTo(position.getComponent(i, axis), 6);
      }
    });
  }
});

test("a finely bent surface gets smooth normals across its facets", async () => {
  const steps = 32;
  const lines: string[] = [];
  for (let i = 0; i <= steps; i += 1) {
    const angle = (i / steps) * Math.PI;
    for (const z of [0, 1]) lines.push(`v ${Math.cos(angle)} ${Math.sin(angle)} ${z}`);
  }
  for (let i = 0; i < steps; i += 1) lines.push(`f ${2 * i + 1} ${2 * i + 3} ${2 * i + 4} ${2 * i + 2}`);
  const { geometry } = firstMesh((await files.load("pipe.obj", lines.join("\n"))).object);
  const position = geometry.getAttribute("position");
  const normal = geometry.getAttribute("normal");
  for (let i = 0; i < position.count; i += 1) {
    if (Math.abs(position.getX(i)) > 0.98) continue;
    const radial = position.getX(i) * normal.getX(i) + position.getY(i) * normal.getY(i);
    expect(Math.abs(radial)).toBeGreaterThan(0.999);
  }
});

test("a PLY without faces becomes points", async () => {
  const loaded = await files.load("cloud.ply", cubePlyBinary(false));
  expect(loaded.counts).toEqual({ triangles: 0, points: 8, lines: 0 });
});

test("an OBJ with lines only becomes lines", async () => {
  const { counts } = await files.load("lines.obj", "v 0 0 0\nv 1 0 0\nv 1 1 0\nl 1 2 3\n");
  expect(counts).toEqual({ triangles: 0, points: 0, lines: 2 });
});

test("triangles with non-finite coordinates are left out with a warning and do not affect the bounds", async () => {
  const text = "v 0 0 0\nv 1 0 0\nv 1 1 0\nv nan 5 5\nv 1e30 0 0\nf 1 2 3\nf 1 2 4\nf 2 3 5\n";
  const loaded = await files.load("holes.obj", text);
  expect(loaded.counts.triangles).toBe(1);
  expect(loaded.warnings.join()).toContain(
    "2 triangles or points have coordinates that are not finite numbers",
  );
  expect(loaded.bounds.min.toArray()).toEqual([0, 0, 0]);
  expect(loaded.bounds.max.toArray()).toEqual([1, 1, 0]);
  expect([...firstMesh(loaded.object).geometry.getAttribute("position").array].every(Number.isFinite)).toBe(
    true,
  );
});

test("ten thousand groups are drawn as one mesh", async () => {
  const groups = Array.from({ length: 10_000 }, (_, i) => `g part${i}\nf 1 2 3`);
  const text = `v 0 0 0\nv 1 0 0\nv 1 1 0\n${groups.join("\n")}\n`;
  const loaded = await files.load("groups.obj", text);
  expect(loaded.counts.triangles).toBe(10_000);
  expect(meshesOf(loaded.object)).toHaveLength(1);
});

test("a vertex that 300000 triangles share does not need quadratic time", async () => {
  const text = `v 0 0 0\nv 1 0 0\nv 0 1 0\nf ${"1 2 3 ".repeat(100_000)}\n`;
  expect((await files.load("fan.obj", text)).counts.triangles).toBe(299_998);
});

test("lines that are not OBJ are skipped and the first is quoted", async () => {
  const loaded = await files.load("strange.obj", `${cubeObj()}wobble 3\n`);
  expect(loaded.warnings).toEqual(['"wobble 3" is not an OBJ statement and was skipped']);
});

describe("OBJ files with material libraries", () => {
  test("colors and textures are read from the files beside an OBJ", async () => {
    files.write("skin.png", checkerPng());
    files.write("cube.mtl", "newmtl red\nKd 1 0 0\nnewmtl skin\nKd 1 1 1\nmap_Kd skin.png\n");
    const text = cubeObj("mtllib cube.mtl\nusemtl red\n").replace(
      "f 5 6",
      "vt 0 0\nvt 1 0\nusemtl skin\nf 5/1 6/2",
    );
    const { object } = await files.load("cube-mtl.obj", text);
    const [red, skin] = meshesOf(object).map((mesh) => mesh.material as MeshPhongMaterial);
    expect(red?.color.getHexString()).toBe("ff0000");
    const image = skin?.map?.image as { width: number; data: Uint8Array };
    expect(image.width).toBe(16);
    // OBJ's texture coordinates start at the bottom: the first row of the texture is the image's last, blue first.
    expect([...image.data.subarray(0, 4)]).toEqual([0, 0, 255, 255]);
  });

  for (const name of [
    "../secret.mtl",
    "/etc/passwd",
    "..\\secret.mtl",
    "sub/../../secret.mtl",
    "C:/secret.mtl",
  ]) {
    test(`mtllib ${name} is not read`, async () => {
      files.write("secret.mtl", "newmtl a\nKd 0 1 0\n");
      mkdirSync(join(files.path, "inner"), { recursive: true });
      const path = files.write(join("inner", "escape.obj"), cubeObj(`mtllib ${name}\nusemtl a\n`));
      const loaded = await loadScene(path);
      expect(loaded.warnings.join()).toContain("lies outside of the file's folder and is not read");
      expect((firstMesh(loaded.object).material as MeshPhongMaterial).color.getHexString()).not.toBe(
        "00ff00",
      );
    });
  }

  test("a missing library or texture has a warning, and the mesh is shown", async () => {
    const missing = await files.load("no-mtl.obj", cubeObj("mtllib no.mtl\n"));
    expect(missing.warnings).toEqual([
      'material library "no.mtl" does not exist; shown with default materials',
    ]);
    files.write("no-map.mtl", "newmtl a\nKd 0.5 0.5 0.5\nmap_Kd no.png\nNs nan\nKs nan 0 0\n");
    const unmapped = await files.load("no-map.obj", cubeObj("mtllib no-map.mtl\nusemtl a\n"));
    expect(unmapped.warnings).toEqual(['texture "no.png" does not exist; shown without it']);
    const material = firstMesh(unmapped.object).material as MeshPhongMaterial;
    expect([material.shininess, ...material.specular.toArray()].every(Number.isFinite)).toBe(true);
  });
});

describe("glTF", () => {
  const textureOf = (root: Object3D): { width: number; data: Uint8Array } | undefined =>
    (firstMesh(root).material as MeshStandardMaterial).emissiveMap?.image as {
      width: number;
      data: Uint8Array;
    };

  test("a GLB has its texture with the first row on top, and its animation", async () => {
    const loaded = await files.load("quad.glb", glb(texturedQuad()));
    expect(loaded.warnings).toEqual([]);
    expect([...(textureOf(loaded.object)?.data.subarray(0, 4) ?? [])]).toEqual([255, 0, 0, 255]);
    expect(loaded.duration).toBe(2);
    loaded.animate(0.5);
    expect(firstMesh(loaded.object).position.x).toBeCloseTo(1, 6);
    loaded.animate(3); // it loops
    expect(firstMesh(loaded.object).position.x).toBeCloseTo(2, 6);
    // The bounds are those of the whole movement.
    expect(loaded.bounds.min.x).toBeCloseTo(-1, 6);
    expect(loaded.bounds.max.x).toBeGreaterThan(2.9);
  });

  test("a JPEG texture is read", async () => {
    const jpeg = encodeJpegSync(
      { data: new Uint8Array(16 * 16 * 3).fill(200), width: 16, height: 16, format: "rgb", bottomUp: false },
      { quality: 90, subsampling: "4:4:4" },
    );
    const loaded = await files.load("jpeg.glb", glb(texturedQuad(jpeg)));
    expect(loaded.warnings).toEqual([]);
    const image = textureOf(loaded.object);
    expect(image?.width).toBe(16);
    expect(Math.abs((image?.data[4] ?? 0) - 200)).toBeLessThan(3);
  });

  test("a .bin and a .png beside a glTF are read, also with percent-encoded names", async () => {
    const { json, body } = texturedQuad();
    files.write("quad data.bin", body);
    files.write("checker.png", checkerPng());
    const document = { ...json, buffers: [{ uri: "quad%20data.bin", byteLength: body.byteLength }] };
    const path = files.write("quad.gltf", JSON.stringify({ ...document, images: [{ uri: "checker.png" }] }));
    const loaded = await loadScene(path);
    expect(loaded.formats).toEqual(["gltf"]);
    expect(textureOf(loaded.object)?.width).toBe(16);
  });

  test("data: URIs are read", async () => {
    const { json, body } = texturedQuad();
    const uri = `data:application/octet-stream;base64,${Buffer.from(body).toString("base64")}`;
    const image = `data:image/png;base64,${Buffer.from(checkerPng(4)).toString("base64")}`;
    const document = { ...json, buffers: [{ uri, byteLength: body.byteLength }], images: [{ uri: image }] };
    const loaded = await files.load("data.gltf", JSON.stringify(document));
    expect(textureOf(loaded.object)?.width).toBe(8);
  });

  test("a texture that cannot be decoded has a warning, and the mesh is shown", async () => {
    const loaded = await files.load("webp.glb", glb(texturedQuad(Buffer.from("RIFFxxxxWEBP"))));
    expect(loaded.counts.triangles).toBe(2);
    expect(loaded.warnings.join()).toContain(
      "the WebP is damaged, cut off or of an unsupported kind; save it as PNG",
    );
  });

  test("a document without scenes shows all of its nodes", async () => {
    const { json, body } = texturedQuad();
    const { scenes: _scenes, scene: _scene, ...rest } = json;
    const loaded = await files.load("bare.glb", glb({ json: rest, body }));
    expect(loaded.counts.triangles).toBe(2);
  });
});

describe("back faces", () => {
  const sides = async (name: string, text: string): Promise<number[]> =>
    meshesOf((await files.load(name, text)).object).map((mesh) => (mesh.material as Material).side);

  test("the back faces of a closed surface are a separate mesh, which drafts leave out", async () => {
    expect(await sides("closed.obj", cubeObj())).toEqual([FrontSide, BackSide]);
  });

  test("the back faces of an open or inverted surface are drawn with the front ones", async () => {
    const open = cubeObj().trimEnd().split("\n").slice(0, -1).join("\n");
    expect(await sides("open.obj", open)).toEqual([DoubleSide]);
    const inverted = cubeObj().replace(/^f (\d) (\d) (\d) (\d)$/gm, "f $4 $3 $2 $1");
    expect(await sides("inverted.obj", inverted)).toEqual([DoubleSide]);
    const mixed = cubeObj().replace("f 4 3 2 1", "f 1 2 3 4");
    expect(await sides("mixed.obj", mixed)).toEqual([DoubleSide]);
  });
});

test("several files become one scene, with the up axis of the first", async () => {
  const paths = [
    files.write("one.stl", cubeStlBinary()),
    files.write("two.obj", "v 5 0 0\nv 6 0 0\nv 5 1 0\nf 1 2 3\n"),
  ];
  const loaded = await loadScene(paths);
  expect(loaded.counts.triangles).toBe(13);
  expect(loaded.formats).toEqual(["stl", "obj"]);
  expect(loaded.up).toBe("z");
  expect(loaded.bounds.max.x).toBe(6);
  expect((await loadScene(paths, { up: "-x" })).up).toBe("-x");
});

test("the reported progress grows monotonically from 0 to 1", async () => {
  const path = files.write("progress.obj", cubeObj());
  const fractions: number[] = [];
  const phases = new Set<string>();
  await loadScene([path, path], {
    onProgress: (fraction, phase) => {
      fractions.push(fraction);
      phases.add(phase);
    },
  });
  expect(fractions).toEqual(fractions.toSorted((a, b) => a - b));
  expect(fractions[0]).toBe(0);
  expect(fractions.at(-1)).toBeCloseTo(1, 9);
  expect([...phases]).toEqual(["reading", "preparing", "simplifying"]);
});

test("a surface of 70000 triangles gets unit normals", async () => {
  const columns = 187;
  const lines: string[] = [];
  for (let i = 0; i <= columns; i += 1) {
    for (let j = 0; j <= columns; j += 1) lines.push(`v ${i} ${j} ${5 * Math.sin(i / 9) * Math.cos(j / 7)}`);
  }
  for (let i = 0; i < columns; i += 1) {
    for (let j = 0; j < columns; j += 1) {
      const first = i * (columns + 1) + j + 1;
      lines.push(`f ${first} ${first + columns + 1} ${first + columns + 2} ${first + 1}`);
    }
  }
  const loaded = await files.load("large.obj", lines.join("\n"));
  expect(loaded.counts.triangles).toBe(2 * columns * columns);
  const normal = firstMesh(loaded.object).geometry.getAttribute("normal");
  for (let i = 0; i < normal.count; i += 997) {
    expect(Math.hypot(normal.getX(i), normal.getY(i), normal.getZ(i))).toBeCloseTo(1, 5);
  }
});
