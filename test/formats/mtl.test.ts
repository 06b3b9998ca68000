import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import {
  ClampToEdgeWrapping,
  type DataTexture,
  type MeshPhongMaterial,
  type Object3D,
  RepeatWrapping,
  SRGBColorSpace,
  type Wrapping,
} from "three";
import { type LoadedScene, loadScene } from "../../src/scene/load-scene.ts";
import { ShowManager } from "../../src/scene/show-manager.ts";
import { pixel } from "../scene/images.ts";
import { TemporaryDirectory } from "../support/temporary-directory.ts";
import { cmykJpeg, gif, tga, tiff, webp } from "./image-samples.ts";
import { firstMesh } from "./sample-files.ts";
import { checkerPng } from "./samples.ts";

let directory: TemporaryDirectory;
beforeAll(() => {
  directory = new TemporaryDirectory();
  directory.write("tex.png", checkerPng());
});
afterAll(() => directory[Symbol.dispose]());

/** A square with edge length 2 centred on the origin that faces +z, with texture coordinates from 0 to 1. */
function quad(head: string): string {
  const vertices = "v -1 -1 0\nv 1 -1 0\nv 1 1 0\nv -1 1 0\nvt 0 0\nvt 1 0\nvt 1 1\nvt 0 1\n";
  return `${head}\n${vertices}usemtl m\nf 1/1 2/2 3/3 4/4\n`;
}

let files = 0;
async function load(mtl: string, head = "", options: { root?: string } = {}): Promise<LoadedScene> {
  files += 1;
  directory.write(`file${files}.mtl`, mtl);
  const path = directory.write(`file${files}.obj`, quad(head || `mtllib file${files}.mtl`));
  return loadScene(path, options);
}

const materialOf = (root: Object3D): MeshPhongMaterial => firstMesh(root).material as MeshPhongMaterial;

const colorOf = (root: Object3D): string => materialOf(root).color.getHexString(SRGBColorSpace);

describe("opacity", () => {
  for (const [name, mtl, opacity] of [
    ["d", "d 0.25", 0.25],
    ["d with -halo", "d -halo 0.25", 0.25],
    ["d rather than Tr", "Tr 1\nd 1", 1],
    ["d before a contradicting Tr", "d 0.5\nTr 1", 0.5],
    ["Tr 1 without d, which older MeshLab writes", "Tr 1.000000", 1],
    ["Tr 0", "Tr 0", 1],
    ["Tr between, as 1 - d", "Tr 0.75", 0.25],
    ["Tr between, as d where another material has Tr 1", "Tr 0.75\nnewmtl other\nTr 1", 0.75],
    ["the default for a d that is not a number", "d none", 1],
  ] as const) {
    test(`the opacity of a material follows ${name}`, async () => {
      const material = materialOf((await load(`newmtl m\n${mtl}\n`)).object);
      expect(material.opacity).toBe(opacity);
      expect(material.transparent).toBe(opacity < 1);
    });
  }
});

describe("material libraries", () => {
  for (const [name, mtl, head] of [
    ["tabs after its keywords", "newmtl\tm\n\tKd\t1\t0 0\n", undefined],
    ["CR line ends and capitals", "# by hand\rNEWMTL m\rKD 1 0 0\r", undefined],
    ["comments after values", "newmtl m # the only one\nKd 1 0 0 # red\n", undefined],
    ["continued lines", "newmtl m\nKd 1 \\\n 0 0\n", undefined],
    ["a byte order mark", "\ufeffnewmtl m\nKd 1 0 0\n", undefined],
    ["a tab after mtllib", "newmtl m\nKd 1 0 0\n", "mtllib\tNAME"],
    ["its name in quotes and a comment after it", "newmtl m\nKd 1 0 0\n", 'mtllib "NAME" # mine'],
    ["another library before it", "newmtl m\nKd 1 0 0\n", "mtllib NAME other.mtl"],
    ["its name in capitals", "newmtl m\nKd 1 0 0\n", "mtllib ./FILENAME"],
  ] as const) {
    test(`a color is read from a library with ${name}`, async () => {
      directory.write("other.mtl", "newmtl n\n");
      const file = `file${files + 1}.mtl`;
      const { object, warnings } = await load(
        mtl,
        head?.replace("FILENAME", file.toUpperCase()).replace("NAME", file),
      );
      expect(warnings).toEqual([]);
      expect(colorOf(object)).toBe("ff0000");
    });
  }

  test("a color of one value has it for all three components", async () => {
    expect(colorOf((await load("newmtl m\nKd 1\n")).object)).toBe("ffffff");
  });
});

test("a tab may follow usemtl, and material names may contain # and backslashes", async () => {
  directory.write(
    "names.mtl",
    "newmtl Material #25\nKd 1 0 0\nnewmtl A\\Solid_Materials_\\Brown\nKd 0 1 0\n",
  );
  for (const [name, color] of [
    ["\tMaterial #25", "ff0000"],
    [" A\\Solid_Materials_\\Brown", "00ff00"],
    [" A\\Solid_Materials_\\Brown # a comment", "00ff00"],
  ] as const) {
    const text = quad("mtllib names.mtl").replace("usemtl m", `usemtl${name}`);
    const loaded = await loadScene(directory.write("names.obj", text));
    expect(loaded.warnings).toEqual([]);
    expect(colorOf(loaded.object)).toBe(color);
  }
});

test("names of JavaScript's built-in properties are valid material names", async () => {
  for (const name of ["constructor", "__proto__", "toString"]) {
    directory.write("own.mtl", `newmtl ${name}\nKd 1 0 0\n`);
    const text = quad("mtllib own.mtl").replace("usemtl m", `usemtl ${name}`);
    expect(colorOf((await loadScene(directory.write("own.obj", text))).object)).toBe("ff0000");
    const other = quad("mtllib tabs.mtl").replace("usemtl m", `usemtl ${name}`);
    directory.write("tabs.mtl", "newmtl m\n");
    expect((await loadScene(directory.write("other.obj", other))).warnings).toEqual([
      `no material library defines "${name}"; shown with the default material`,
    ]);
  }
});

test("a library with the name of the OBJ file replaces a missing one, with a warning", async () => {
  const withMissingLibrary = await load("newmtl m\nKd 1 0 0\n", "mtllib else.mtl");
  expect(withMissingLibrary.warnings).toEqual([
    `"else.mtl" does not exist; "file${files}.mtl", which has the name of the OBJ file, is used instead`,
  ]);
  expect(colorOf(withMissingLibrary.object)).toBe("ff0000");
  const withoutStatement = await load("newmtl m\nKd 1 0 0\n", "# no library");
  expect(withoutStatement.warnings).toEqual([
    `the file has no mtllib statement; "file${files}.mtl", which has the name of the OBJ file, is used instead`,
  ]);
});

describe("vertex colors", () => {
  const coloredQuad = (mtl: string): Promise<LoadedScene> => {
    directory.write("colored.mtl", `newmtl m\n${mtl}\n`);
    const text = quad("mtllib colored.mtl").replaceAll(/^v (.*)$/gm, "v $1 1 0 1");
    return loadScene(directory.write("colored.obj", text));
  };

  test("vertex colors replace the material's color", async () => {
    const material = materialOf((await coloredQuad("Kd 0.2 0.2 0.2\nd 0.5")).object);
    expect(material.vertexColors).toBe(true);
    expect(material.color.getHex()).toBe(0xffffff);
    expect(material.opacity).toBe(0.5);
  });

  test("vertex colors do not tint a texture", async () => {
    const material = materialOf((await coloredQuad("map_Kd tex.png")).object);
    expect(material.vertexColors).toBe(false);
    expect(material.map).not.toBeNull();
  });
});

describe("texture statements", () => {
  const mapOf = (root: Object3D): DataTexture => {
    const { map } = materialOf(root);
    if (map === null) throw new Error("no texture");
    return map as DataTexture;
  };
  type Pair = [number, number];
  const cases: [string, string, { wrap?: Wrapping; offset?: Pair; repeat?: Pair }][] = [
    ["a name with a space", "map_Kd my texture.png", {}],
    ["a name in quotes", 'map_Kd "my texture.png"', {}],
    ["a tab after the keyword", "\tmap_Kd\tmy texture.png\t# wood", {}],
    ["-clamp and -s", "map_Kd -clamp on -s 2 3 1 tex.png", { wrap: ClampToEdgeWrapping, repeat: [2, 3] }],
    ["-s of one value", "map_Kd -s 2 tex.png", { repeat: [2, 1] }],
    ["-o of two values", "map_Kd -o 0.5 0.25 -clamp off tex.png", { offset: [0.5, 0.25] }],
    [
      "options that change nothing here",
      "map_Kd -blendu on -blendv off -cc on -mm 0 1 -texres 64 -t 1 1 1 -boost 2 -imfchan l -type sphere tex.png",
      {},
    ],
    ["a name that is a number", "map_Kd -s 1 1 1 2", {}],
    ["unencoded and encoded percent signs", "map_Kd 100%.png", {}],
    ["a percent-encoded name", "map_Kd my%20texture.png", {}],
    ["an absolute Windows path", "map_Kd C:\\Users\\me\\tex.png", {}],
    ["an absolute Unix path", "map_Kd /home/me/tex.png", {}],
    ["a path out of the folder", "map_Kd ..\\..\\maps\\tex.png", {}],
    ["other letter case", "map_Kd TEX.PNG", {}],
  ];
  for (const [name, line, { wrap = RepeatWrapping, offset = [0, 0], repeat = [1, 1] }] of cases) {
    test(`a texture statement with ${name} is read`, async () => {
      for (const file of ["my texture.png", "100%.png", "2"]) directory.write(file, checkerPng());
      const { object, warnings } = await load(`newmtl m\n${line}\n`);
      const map = mapOf(object);
      expect([map.image.width, map.wrapS, map.wrapT]).toEqual([16, wrap, wrap]);
      expect([...map.offset]).toEqual(offset);
      expect([...map.repeat]).toEqual(repeat);
      expect(map.colorSpace).toBe(SRGBColorSpace);
      const isOutside = /absolute|out of/.test(name);
      expect(warnings.map((warning) => warning.replace(/^.*lies/, "lies"))).toEqual(
        isOutside
          ? [
              'lies outside of the file\'s folder; "tex.png" is used instead (--root DIR widens what may be read)',
            ]
          : [],
      );
    });
  }

  test("a texture name is relative to its library, which may be in another folder with --root", async () => {
    mkdirSync(join(directory.path, "sub"), { recursive: true });
    directory.write("sub/lib.mtl", "newmtl m\nmap_Kd inner.png\n");
    directory.write("sub/inner.png", checkerPng(4));
    const innerTexture = await load("", "mtllib sub\\lib.mtl");
    expect([mapOf(innerTexture.object).image.width, innerTexture.warnings]).toEqual([8, []]);

    mkdirSync(join(directory.path, "deep"), { recursive: true });
    const path = directory.write("deep/model.obj", quad("mtllib ../sub/lib.mtl"));
    const refused = await loadScene(path);
    expect(refused.warnings.join()).toContain(
      "lies outside of the file's folder and is not read; --root DIR",
    );
    const withRoot = await loadScene(path, { root: directory.path });
    expect([mapOf(withRoot.object).image.width, withRoot.warnings]).toEqual([8, []]);
  });

  test("a bump scale after the name of a bump map is read", async () => {
    const material = materialOf((await load("newmtl m\nmap_Bump tex.png -bm 0.25\n")).object);
    const image = material.bumpMap?.image as { width: number };
    expect([material.bumpScale, image.width]).toEqual([0.25, 16]);
  });
});

test("a material whose color is black shows its texture", async () => {
  expect(colorOf((await load("newmtl m\nKd 0 0 0\nmap_Kd tex.png\n")).object)).toBe("ffffff");
  expect(colorOf((await load("newmtl m\nKd 0 0 0\n")).object)).toBe("000000");
});

test("a specular exponent of 0, or an illumination model without highlights, does not brighten a surface", async () => {
  for (const line of ["Ns 0", "Ns 10\nillum 1"]) {
    const { object } = await load(`newmtl m\nKs 1 1 1\n${line}\n`);
    expect(materialOf(object).specular.getHex()).toBe(0);
  }
});

test("a mesh without texture coordinates is shown without its texture", async () => {
  directory.write("plain.mtl", "newmtl m\nKd 1 0 0\nmap_Kd tex.png\n");
  const text = quad("mtllib plain.mtl").replace("f 1/1 2/2 3/3 4/4", "f 1 2 3 4");
  const material = materialOf((await loadScene(directory.write("plain.obj", text))).object);
  expect([material.map, material.color.getHex()]).toEqual([null, 0xff0000]);
});

test("a texture that cannot be read has a warning, and the material's color is shown", async () => {
  directory.write("broken.png", checkerPng().subarray(0, 60));
  const { object, warnings } = await load("newmtl m\nKd 1 0 0\nmap_Kd broken.png\nmap_Ks none.png\n");
  expect(warnings).toEqual([
    'texture "broken.png": the PNG is damaged or cut off; shown without it',
    'texture "none.png" does not exist; shown without it',
  ]);
  expect([materialOf(object).map, materialOf(object).specularMap, colorOf(object)]).toEqual([
    null,
    null,
    "ff0000",
  ]);
});

test("lines of a megabyte are parsed in linear time", async () => {
  const longName = `${" ".repeat(50)}x`.repeat(20_000);
  const head = `mtllib ${longName}.mtl\nusemtl ${longName}#`;
  const mtl = [
    "newmtl m",
    longName,
    `map_Kd ${"-s 1 ".repeat(200_000)}`,
    `map_Ks ${longName} # x`,
    "Kd 1 0 0",
  ].join("\n");
  const { object } = await load(mtl, head);
  expect(colorOf(object)).toBe("ff0000");
});

describe("rendered textures", () => {
  const textures: [string, () => Uint8Array | Promise<Uint8Array>][] = [
    ["png", () => checkerPng()],
    ["webp", () => webp(true)],
    ["gif", gif],
    ["tga", () => tga("color", 24)],
    ["tif", () => tiff({ compression: "lzw" })],
    ["jpg", cmykJpeg],
  ];
  let show: ShowManager;
  beforeAll(() => {
    show = new ShowManager({ size: [80, 80], background: "black" });
  });
  afterAll(() => show.dispose());

  for (const [extension, make] of textures) {
    test(`a quad shows the four squares of its ${extension} texture, with MeshLab's Tr 1`, async () => {
      directory.write(`squares.${extension}`, await make());
      const mtl = `newmtl m\nKa 0.2 0.2 0.2\nKd 1 1 1\nKs 1 1 1\nTr 1.0\nillum 2\nNs 0\nmap_Kd squares.${extension}\n`;
      const loaded = await load(mtl);
      expect(loaded.warnings).toEqual([]);
      show.add(loaded.object);
      show.cameraState = { position: [0, 0, 5], focalPoint: [0, 0, 0], viewUp: [0, 1, 0], viewAngle: 30 };
      show.render({ samples: 0 });
      const image = show.snapshot();
      show.scene.remove(loaded.object);
      loaded.dispose();
      const brightChannels = [
        [0.35, 0.35],
        [0.65, 0.35],
        [0.35, 0.65],
        [0.65, 0.65],
      ].map(([x = 0, y = 0]) =>
        pixel(image, x, y)
          .slice(0, 3)
          .map((value) => (value > 100 ? 1 : 0)),
      );
      expect(brightChannels).toEqual([
        [1, 0, 0],
        [0, 1, 0],
        [0, 0, 1],
        [1, 1, 1],
      ]);
    });
  }
});
