import { expect, test } from "bun:test";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { collectNotices, productionPackages } from "../../scripts/collect-notices.ts";
import { licenseNotices } from "../../src/cli/licenses.ts";

const root = join(import.meta.dir, "..", "..");

test("the notices name every production package of bun.lock, with its licence text", async () => {
  const notices = await licenseNotices();
  const direct = Object.keys((await Bun.file(join(root, "package.json")).json()).dependencies);
  const packages = await productionPackages();
  expect(packages.map(({ name }) => name)).toEqual(expect.arrayContaining(direct));
  for (const { name, folder } of packages) {
    expect(notices).toContain(`- ${name} `);
    const file = (await readdir(folder)).find((entry) => /^licen[cs]e/i.test(entry));
    // A package without a licence file is in components.json; otherwise collecting fails.
    if (file !== undefined) expect(notices).toContain((await Bun.file(join(folder, file)).text()).trim());
  }
});

test("the notices name components that are not npm packages: Bun, its libraries, ANGLE, SwiftShader and libjpeg-turbo", async () => {
  const notices = await licenseNotices();
  for (const name of [
    "Bun",
    "JavaScriptCore",
    "BoringSSL",
    "ANGLE",
    "SwiftShader",
    "Subzero",
    "libjpeg-turbo",
  ])
    expect(notices).toContain(`- ${name} `);
  expect(notices).toContain("The ANGLE Project Authors");
  expect(notices).toContain("based in part on the work of the Independent JPEG Group");
  expect(notices).toContain("Apache License");
  expect(notices).toContain("GNU LIBRARY GENERAL PUBLIC LICENSE");
});

test("the embedded notices match the installed packages", async () => {
  expect(await licenseNotices()).toBe(await collectNotices());
});

test("every bundled package has a notice, and so have the libraries inside three.js", async () => {
  const bundle = await Bun.build({
    entrypoints: [join(root, "src", "main.ts")],
    target: "bun",
    metafile: true,
  });
  const bundled = Object.keys(bundle.metafile?.inputs ?? {}).filter((path) => path.includes("node_modules/"));
  expect(bundled.length).toBeGreaterThan(10);
  const notices = await licenseNotices();
  for (const path of bundled) {
    const [, name] = /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path) ?? [];
    expect(notices).toContain(`- ${name} `);
    const [, library] = /three\/examples\/jsm\/libs\/(.+)/.exec(path) ?? [];
    if (library) expect(notices).toContain(library);
  }
});
