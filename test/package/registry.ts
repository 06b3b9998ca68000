import { dirname, join } from "node:path";
import { $ } from "bun";

interface Entry {
  manifest: { name: string; version: string };
  tarball: () => Promise<Bun.BunFile | Uint8Array<ArrayBuffer>>;
}

/** Packed folders of node_modules, shared by all registries: packing three takes seconds. */
const packedFolders = new Map<string, Promise<Uint8Array<ArrayBuffer>>>();

async function packFolder(folder: string): Promise<Uint8Array<ArrayBuffer>> {
  const tar = await $`tar -c --transform=s,^[.],package, -C ${folder} .`.quiet().arrayBuffer();
  return Bun.gzipSync(new Uint8Array(tar), { level: 1 });
}

/** The folders of all packages in node_modules by name, the outermost first. */
async function packageFolders(nodeModules: string): Promise<ReadonlyMap<string, readonly string[]>> {
  const folders = new Map<string, string[]>();
  const paths: string[] = [];
  for (const place of ["", "**/node_modules/"]) {
    for (const name of ["*", "@*/*"]) {
      const manifests = new Bun.Glob(`${place}${name}/package.json`);
      paths.push(...(await Array.fromAsync(manifests.scan({ cwd: nodeModules }))));
    }
  }
  for (const path of paths) {
    const folder = dirname(path);
    const name = folder.split("node_modules/").at(-1) ?? folder;
    folders.set(name, [...(folders.get(name) ?? []), join(nodeModules, folder)]);
  }
  return folders;
}

/**
 * A package registry on loopback, so that the packed tarballs are installed like published ones. It has the packages of node_modules
 * (packed on request) and published tarballs, and answers 404 for others.
 */
export class LoopbackRegistry implements AsyncDisposable {
  readonly #server: Bun.Server<undefined>;
  readonly #published = new Map<string, Entry>();
  readonly #nodeModules: string;
  /** Folders of packages by name: one per version, including nested ones. */
  #folders: Promise<ReadonlyMap<string, readonly string[]>> | undefined;
  /** Requested names, in order. */
  readonly requested: string[] = [];

  constructor(nodeModules: string) {
    this.#nodeModules = nodeModules;
    this.#server = Bun.serve({
      hostname: "127.0.0.1",
      port: 0,
      fetch: (request) => this.#answer(decodeURIComponent(new URL(request.url).pathname.slice(1))),
    });
  }

  get url(): string {
    return this.#server.url.href;
  }

  /** Makes the package in a tarball installable by its name. */
  async publish(tarball: string): Promise<void> {
    const manifest = JSON.parse(await $`tar -xzOf ${tarball} package/package.json`.quiet().text());
    this.#published.set(manifest.name, { manifest, tarball: async () => Bun.file(tarball) });
  }

  async #find(name: string): Promise<Entry[]> {
    const published = this.#published.get(name);
    if (published) return [published];
    this.#folders ??= packageFolders(this.#nodeModules);
    const folders = (await this.#folders).get(name) ?? [];
    return Promise.all(
      folders.map(async (folder) => ({
        manifest: await Bun.file(join(folder, "package.json")).json(),
        tarball() {
          const known = packedFolders.get(folder) ?? packFolder(folder);
          packedFolders.set(folder, known);
          return known;
        },
      })),
    );
  }

  async #answer(path: string): Promise<Response> {
    const [, name = path, version] = /^(.+)\/([^/]+)\/tarball$/.exec(path) ?? [];
    if (version === undefined) this.requested.push(name);
    const entries = await this.#find(name);
    const entry = entries.find(({ manifest }) => manifest.version === version) ?? entries[0];
    if (!entry) return Response.json({ error: "Not found" }, { status: 404 });
    if (version !== undefined) return new Response(await entry.tarball());
    const versions = entries.map(({ manifest }) => {
      const dist = { tarball: new URL(`${name}/${manifest.version}/tarball`, this.url).href };
      return [manifest.version, { ...manifest, dist }] as const;
    });
    return Response.json({
      name,
      "dist-tags": { latest: entry.manifest.version },
      versions: Object.fromEntries(versions),
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.stop(true);
  }
}
