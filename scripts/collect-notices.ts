// Writes build/notices.txt: the licence notices of all components of the executable. The npm packages are the production dependencies of
// bun.lock; native components, and packages without a licence file, are listed in native/licenses/components.json.
import { mkdir, readdir, rename } from "node:fs/promises";
import { join } from "node:path";

export interface Component {
  name: string;
  /** Kind of the component: "npm package", "in Bun", … */
  part: string;
  /** SPDX expression where there is one. */
  license: string;
  /** Full licence text. */
  text: string;
  copyright?: string;
}

interface LockFile {
  workspaces: Record<string, { dependencies?: Record<string, string> }>;
  packages: Record<string, [string, string, { dependencies?: Record<string, string> }?, ...unknown[]]>;
}

const root = join(import.meta.dir, "..");

const NPM_PART = "npm package";

/** An npm package of bun.lock. */
export interface LockedPackage {
  name: string;
  /** Where it is installed: in node_modules, or in that of the only package that needs this version. */
  folder: string;
}

/** The production dependencies and their dependencies, sorted. */
export async function productionPackages(): Promise<LockedPackage[]> {
  const lock = Bun.JSONC.parse(await Bun.file(join(root, "bun.lock")).text()) as LockFile;
  const reached = new Set<string>();
  const waiting = Object.keys(lock.workspaces[""]?.dependencies ?? {}).map((name) => ({ name, of: "" }));
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const nested = `${next.of}/${next.name}`;
    const key = lock.packages[nested] ? nested : next.name;
    if (reached.has(key)) continue;
    reached.add(key);
    for (const name of Object.keys(lock.packages[key]?.[2]?.dependencies ?? {}))
      waiting.push({ name, of: key });
  }
  return [...reached].sort().map((key) => {
    const path = key.match(/(@[^/]+\/)?[^/]+/g) ?? [];
    return {
      name: path.at(-1) ?? key,
      folder: join(root, ...path.flatMap((name) => ["node_modules", name])),
    };
  });
}

async function packageComponent({ name, folder }: LockedPackage): Promise<Component> {
  const about = (await Bun.file(join(folder, "package.json")).json()) as {
    version: string;
    license?: string;
  };
  const file = (await readdir(folder)).find((entry) => /^(licen[cs]e|copying)(\.(md|txt))?$/i.test(entry));
  if (!file)
    throw new Error(
      `The package ${name} has no licence file. Add its notice to native/licenses/components.json.`,
    );
  return {
    name: `${name} ${about.version}`,
    part: NPM_PART,
    license: about.license ?? "see the text",
    text: await Bun.file(join(folder, file)).text(),
  };
}

async function listedComponents(): Promise<Component[]> {
  const folder = join(root, "native", "licenses");
  const entries = (await Bun.file(join(folder, "components.json")).json()) as Component[];
  return Promise.all(
    entries.map(async (entry) => ({ ...entry, text: await Bun.file(join(folder, entry.text)).text() })),
  );
}

/** The text of the notices: the list of components, the statements that Bun's licence requires, then each licence text once. */
export async function collectNotices(): Promise<string> {
  const listed = await listedComponents();
  const isListed = ({ name }: LockedPackage) =>
    listed.some((component) => component.name === name && component.part === NPM_PART);
  const packages = (await productionPackages()).filter((each) => !isListed(each));
  const components = [...(await Promise.all(packages.map(packageComponent))), ...listed];
  const byText = Map.groupBy(components, (component) => component.text.trim());
  const rule = "-".repeat(80);
  const texts = [...byText].map(([text, owners]) => {
    const heads = owners.map((owner) => `${owner.name}${owner.copyright ? `\n    ${owner.copyright}` : ""}`);
    return `${rule}\n${heads.join("\n")}\n${rule}\n\n${text}\n`;
  });
  return [
    (await Bun.file(join(root, "LICENSE")).text()).trim(),
    "",
    "The scenecast executable also contains:",
    ...components.map((component) => `- ${component.name} (${component.part}): ${component.license}`),
    "",
    "It is based in part on the work of the Independent JPEG Group.",
    "",
    await Bun.file(join(root, "native", "licenses", "relinking.txt")).text(),
    ...texts,
  ].join("\n");
}

if (import.meta.main) {
  const target = join(root, "build", "notices.txt");
  await mkdir(join(root, "build"), { recursive: true });
  await Bun.write(`${target}.${process.pid}`, await collectNotices());
  await rename(`${target}.${process.pid}`, target);
}
