import { join } from "node:path";
import { $ } from "bun";

interface Entry {
  manifest: { name: string; version: string };
  tarball: () => Promise<Bun.BunFile | Uint8Array<ArrayBuffer>>;
}

/** Packed folders of node_modules, for all registries: three alone takes seconds. */
const packedFolders = new Map<string, Promise<Uint8Array<ArrayBuffer>>>();

async function packFolder(folder: string): Promise<Uint8Array<ArrayBuffer>> {
  const tar = await $`tar -c --transform=s,^[.],package, -C ${folder} .`.quiet().arrayBuffer();
  return Bun.gzipSync(new Uint8Array(tar), { level: 1 });
}

/**
 * A package registry on loopback, so that the packed tarballs are installed as users will install published ones.
 * It knows the packages of node_modules (packed when asked for) and the tarballs given to it; of others it says 404.
 */
export class LoopbackRegistry implements AsyncDisposable {
  readonly #server: Bun.Server<undefined>;
  readonly #published = new Map<string, Entry>();
  readonly #nodeModules: string;
  /** Names that were asked for, in order. */
  readonly asked: string[] = [];

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

  async #find(name: string): Promise<Entry | undefined> {
    const published = this.#published.get(name);
    if (published) return published;
    const folder = join(this.#nodeModules, name);
    const about = Bun.file(join(folder, "package.json"));
    if (!(await about.exists())) return undefined;
    const tarball = () => {
      const known = packedFolders.get(folder) ?? packFolder(folder);
      packedFolders.set(folder, known);
      return known;
    };
    return { manifest: await about.json(), tarball };
  }

  async #answer(path: string): Promise<Response> {
    const tarball = path.endsWith("/tarball");
    const name = tarball ? path.slice(0, -"/tarball".length) : path;
    if (!tarball) this.asked.push(name);
    const entry = await this.#find(name);
    if (!entry) return Response.json({ error: "Not found" }, { status: 404 });
    if (tarball) return new Response(await entry.tarball());
    const { manifest } = entry;
    const dist = { tarball: new URL(`${name}/tarball`, this.url).href };
    return Response.json({
      name,
      "dist-tags": { latest: manifest.version },
      versions: { [manifest.version]: { ...manifest, dist } },
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.stop(true);
  }
}
