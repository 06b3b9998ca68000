import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Mesh, Points } from "../../src/formats/data-kinds.ts";
import { linearFromSrgb } from "../../src/formats/srgb.ts";
import { TemporaryDirectory } from "../support/temporary-directory.ts";
import { outcome, read } from "./read-outcomes.ts";

let directory: TemporaryDirectory;
beforeAll(() => {
  directory = new TemporaryDirectory();
});
afterAll(() => directory[Symbol.dispose]());

const readText = (text: string) => read(directory.write("a.off", text)) as Promise<Mesh>;
const refused = async (text: string) => String(await outcome(directory.write("a.off", text)));

const PYRAMID = `OFF
# Geomview's example style
5 5 8

0 0 0
2 0 0
2 2 0
0 2 0
1 1 1.5
4 3 2 1 0
3 0 1 4
3 1 2 4
3 2 3 4
3 3 0 4
`;

describe("OFF", () => {
  test("polygons are triangulated, with comments and blank lines in the header and any line ends", async () => {
    for (const ends of ["\n", "\r\n", "\r"]) {
      const { surfaces, origin, warnings } = await readText(PYRAMID.replaceAll("\n", ends));
      const [{ positions, indices } = { positions: [], indices: undefined }] = surfaces;
      const [x = 0, y = 0, z = 0] = origin;
      expect(Array.from(positions, (value, i) => value + ([x, y, z][i % 3] ?? 0)).slice(-3)).toEqual([
        1, 1, 1.5,
      ]);
      expect(indices).toHaveLength(3 * 6);
      expect(warnings).toEqual([]);
    }
  });

  test("the numbers may be on the line of the keyword, and the number of edges may be missing", async () => {
    for (const head of ["OFF 5 5 8", "OFF\n5 5"]) {
      const { surfaces } = await readText(PYRAMID.replace(/OFF[\s\S]*?8/, head));
      expect(surfaces[0]?.indices).toHaveLength(18);
    }
  });

  test("vertices have colors from 0 to 1 or 0 to 255, and normals", async () => {
    const colors = async (color: string) => {
      const text = `CNOFF\n3 1 0\n${["0 0 0", "1 0 0", "0 1 0"].map((xyz) => `${xyz} 0 0 1 ${color}`).join("\n")}\n3 0 1 2\n`;
      const [surface] = (await readText(text)).surfaces;
      expect(Array.from(surface?.normals ?? [])).toEqual([0, 0, 1, 0, 0, 1, 0, 0, 1]);
      return Array.from(surface?.colors?.subarray(0, 3) ?? [], (value) => Number(value.toFixed(4)));
    };
    const half = Number(linearFromSrgb(0.5).toFixed(4));
    expect(await colors("1 0.5 0")).toEqual([1, half, 0]);
    expect(await colors("255 127.5 0 255")).toEqual([1, half, 0]);
  });

  test("a file without faces is a point cloud", async () => {
    const data = (await read(directory.write("a.off", "OFF\n2 0 0\n0 0 0\n1 2 3\n"))) as unknown as Points;
    expect(data.kind).toBe("points");
    expect(data.vertices.positions).toHaveLength(6);
  });

  test("colors of faces are left out with a warning", async () => {
    const colored = PYRAMID.replace(/^(3 .*)$/gm, "$1 255 0 0");
    const { surfaces, warnings } = await readText(colored);
    expect(surfaces[0]?.indices).toHaveLength(18);
    expect(warnings).toEqual(["the colors of its faces are not shown"]);
  });

  test("a file that is cut off is shown up to there, with a warning", async () => {
    const { surfaces, warnings } = await readText(PYRAMID.slice(0, PYRAMID.indexOf("3 2 3 4")));
    expect(surfaces[0]?.indices).toHaveLength(12);
    expect(warnings.join()).toContain("the file ends after 3 of 5 faces");
  });

  test("what cannot be read is refused with the reason and the line", async () => {
    expect(await refused("OFF BINARY\n1 1 1\n")).toContain("binary OFF is not supported; save it as text");
    expect(await refused("4OFF\n1 0 0\n0 0 0 1\n")).toContain("other than three coordinates");
    expect(await refused(PYRAMID.replace("2 2 0", "2 two 0"))).toContain('"two" is not a number');
    expect(await refused(PYRAMID.replace("5 5 8", "0 5 8"))).toContain(
      "0 vertices: there is nothing to draw",
    );
    expect(await refused(PYRAMID.replace(/^(3 .*) 4$/gm, "$1 9"))).toContain("a face uses vertex 9");
  });
});
