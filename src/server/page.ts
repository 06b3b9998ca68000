import type { HTMLBundle } from "bun";

/** A file of the page as it goes over the wire. */
export interface PageFile {
  body: Uint8Array<ArrayBuffer> | Blob;
  type: string;
  /** File names carry a hash of their content, the page itself does not. */
  immutable: boolean;
}

/** The page's files by path: "/" and what it needs, such as "/chunk-1a2b3c.js". */
export type Page = ReadonlyMap<string, PageFile>;

/**
 * The viewer page, bundled. In the compiled executable its files are embedded; under `bun src/main.ts` Bun bundles an
 * HTML import only for a server's route, so a server that nobody else can reach, on an abstract socket, is asked for
 * them once. Serving them from our own routes puts them under the access rules and behind any proxy prefix.
 */
export async function loadPage(bundle: HTMLBundle): Promise<Page> {
  const files = bundle.files === undefined ? await bundleNow(bundle) : embedded(bundle.files);
  const page = files.get("/");
  if (page === undefined) throw new Error("The viewer page is not in this build of scenecast.");
  return files.set("/", { ...page, body: new Blob([relativeUrls(await new Response(page.body).text())]) });
}

function embedded(files: NonNullable<HTMLBundle["files"]>): Map<string, PageFile> {
  return new Map(
    files.map((file) => {
      const isPage = file.loader === "html";
      const path = isPage ? "/" : `/${file.path.split("/").at(-1)}`;
      return [path, { body: Bun.file(file.path), type: file.headers["content-type"], immutable: !isPage }];
    }),
  );
}

async function bundleNow(bundle: HTMLBundle): Promise<Map<string, PageFile>> {
  const unix = `\0scenecast-page-${process.pid}-${crypto.randomUUID()}`;
  const server = Bun.serve({ unix, development: false, routes: { "/": bundle } });
  try {
    const files = new Map<string, PageFile>();
    const wanted = ["/"];
    for (let path = wanted.pop(); path !== undefined; path = wanted.pop()) {
      const response = await fetch(`http://page${path}`, { unix });
      if (!response.ok) throw new Error(`The viewer page could not be bundled: ${await response.text()}`);
      const type = response.headers.get("content-type") ?? "application/octet-stream";
      const body = await response.arrayBuffer();
      files.set(path, { body: new Uint8Array(body), type, immutable: path !== "/" });
      if (!/^text\/(html|css)/.test(type)) continue;
      for (const [, found] of new TextDecoder().decode(body).matchAll(/(?:=|url\()"?'?(\/[\w.-]+)/g)) {
        if (found !== undefined && !files.has(found)) wanted.push(found);
      }
    }
    return files;
  } finally {
    await server.stop(true);
  }
}

/** Bun writes `src="/chunk-….js"`; behind a proxy's prefix only `./chunk-….js` is found. */
function relativeUrls(html: string): string {
  return html.replaceAll(/(\s(?:src|href)=)"\/(?!\/)/g, '$1"./');
}
