import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Mesh } from "../../../src/formats/data-kinds.ts";
import { linearFromSrgb } from "../../../src/formats/srgb.ts";
import { TemporaryDirectory } from "../../support/temporary-directory.ts";
import { outcome, read } from "../read-outcomes.ts";
import { file3mf, model, tetrahedron } from "./build-3mf.ts";

let directory: TemporaryDirectory;
beforeAll(() => {
  directory = new TemporaryDirectory();
});
afterAll(() => directory[Symbol.dispose]());

const readFile = (bytes: Buffer) => read(directory.write("a.3mf", bytes)) as Promise<Mesh>;
const refused = async (bytes: Buffer) => String(await outcome(directory.write("a.3mf", bytes)));
const object = (content: string, id = 1, more = "") => `<object id="${id}" ${more}>${content}</object>`;

describe("3MF", () => {
  test("an object is placed where the build item and its components put it", async () => {
    const parts = `${object(tetrahedron())}${object('<components><component objectid="1" transform="0 1 0 -1 0 0 0 0 1 5 0 0"/></components>', 2)}`;
    const { surfaces } = await readFile(
      file3mf(model(parts, '<item objectid="2" transform="2 0 0 0 2 0 0 0 2 0 0 1"/><item objectid="1"/>')),
    );
    const [turned, plain] = surfaces;
    // Turned by 90 degrees about z, moved by 5 in x, then scaled by 2 and moved by 1 in z.
    expect(Array.from(turned?.positions ?? [], (value) => value + 0)).toEqual([
      10, 0, 1, 10, 2, 1, 8, 0, 1, 10, 0, 3,
    ]);
    expect(Array.from(plain?.positions ?? [])).toEqual([0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1]);
    expect(Array.from(plain?.indices ?? [])).toEqual([0, 2, 1, 0, 1, 3, 0, 3, 2, 1, 2, 3]);
  });

  test("a component can be in another part of the file", async () => {
    const other = model(object(tetrahedron(), 7), "");
    const root = model(
      object('<components><component p:path="/3D/Objects/a.model" objectid="7"/></components>'),
      '<item objectid="1"/>',
    );
    const { surfaces } = await readFile(file3mf(root, { "3D/Objects/a.model": other }));
    expect(surfaces.map(({ indices }) => indices?.length)).toEqual([12]);
  });

  test("triangles have the colors of their corners, of their group or of their object", async () => {
    const resources = `<basematerials id="5"><base name="a" displaycolor="#FF0000"/><base name="b" displaycolor="#00FF0080"/></basematerials>
<m:colorgroup id="6"><m:color color="#0000FF"/><m:color color="#808080"/></m:colorgroup>`;
    const mesh = tetrahedron(['p1="1"', 'pid="6" p1="0" p2="0" p3="1"', "", 'pid="9" p1="0"']);
    const { surfaces } = await readFile(
      file3mf(model(resources + object(mesh, 1, 'pid="5" pindex="0"'), '<item objectid="1"/>')),
    );
    const grey = Math.fround(linearFromSrgb(0x80 / 255));
    const colors = Array.from(surfaces[0]?.colors ?? []);
    expect(surfaces[0]?.positions).toHaveLength(36);
    expect(Array.from({ length: 12 }, (_, i) => colors.slice(3 * i, 3 * i + 3))).toEqual([
      ...[
        [0, 1, 0],
        [0, 1, 0],
        [0, 1, 0],
      ],
      ...[
        [0, 0, 1],
        [0, 0, 1],
        [grey, grey, grey],
      ],
      ...[
        [1, 0, 0],
        [1, 0, 0],
        [1, 0, 0],
      ],
      ...[
        [1, 1, 1],
        [1, 1, 1],
        [1, 1, 1],
      ],
    ]);
  });

  test("parts that are not shown are named", async () => {
    const { warnings } = await readFile(
      file3mf(model(`<m:texture2dgroup id="3"/>${object(tetrahedron())}`, '<item objectid="1"/>')),
    );
    expect(warnings).toEqual(["its textures are not shown"]);
  });

  test("a file that is damaged is refused with the reason", async () => {
    const build = '<item objectid="1"/>';
    const self = object('<components><component objectid="1"/></components>');
    expect(await refused(file3mf(model(self, build)))).toContain("contain each other");
    expect(await refused(file3mf(model("", build)))).toContain('object "1", which does not exist');
    expect(await refused(file3mf(model(object(tetrahedron()), "")))).toContain("builds no object");
    expect(await refused(file3mf(model(object(tetrahedron().replace('v3="1"', 'v3="4"')), build)))).toContain(
      "uses vertex 4",
    );
    expect(await refused(file3mf(model(object(tetrahedron()), build).slice(0, -60)))).toContain("cut off");
    const bad = '<item objectid="1" transform="1 0 0"/>';
    expect(await refused(file3mf(model(object(tetrahedron()), bad)))).toContain(
      "not a transformation of 12 numbers",
    );
  });

  test("components that repeat objects without limit are refused", async () => {
    const twice = (id: number) =>
      object(`<components>${`<component objectid="${id - 1}"/>`.repeat(10)}</components>`, id);
    const levels = Array.from({ length: 12 }, (_, i) => twice(i + 2)).join("");
    expect(await refused(file3mf(model(object(tetrahedron()) + levels, '<item objectid="13"/>')))).toContain(
      "too often",
    );
  });
});
