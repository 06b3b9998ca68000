import { expect, test } from "bun:test";
import { join, normalize } from "node:path";

const ROOT = join(import.meta.dir, "../..");

/** The rooms of src in the order of the table in docs/architecture.md, the highest first. */
async function rooms(): Promise<string[]> {
  const page = await Bun.file(join(ROOT, "docs/architecture.md")).text();
  return [...page.matchAll(/^\| `src\/(\w+)\/` \|/gm)].map(([, room = ""]) => room);
}

/** The files of src that a file of it imports, relative to src. */
async function importsOf(file: string): Promise<string[]> {
  const text = await Bun.file(join(ROOT, "src", file)).text();
  return [...text.matchAll(/(?:\bfrom |\bimport\(|\bimport )"(\.\.?\/[^"]+)"/g)].map(([, path = ""]) =>
    normalize(join(file, "..", path)),
  );
}

test("a room of src imports only rooms below it in the table of docs/architecture.md", async () => {
  const order = await rooms();
  const files = [...new Bun.Glob("*/**/*.ts").scanSync({ cwd: join(ROOT, "src") })];
  expect(new Set(files.map((file) => file.split("/")[0]))).toEqual(new Set(order));
  const upward: string[] = [];
  for (const file of files) {
    const level = order.indexOf(file.split("/")[0] ?? "");
    for (const path of await importsOf(file)) {
      const [room = "", ...rest] = path.split("/");
      if (rest.length > 0 && room !== ".." && order.indexOf(room) < level)
        upward.push(`${file} imports ${path}`);
    }
  }
  expect(upward).toEqual([]);
});
