/**
 * The viewer page as one self-contained document with inline style and script, so that it has no URLs to resolve and works below
 * any prefix of any proxy. Bun's HTML import alone does not: `Bun.serve` serves its chunks under absolute paths (`/chunk-….js`).
 */
import { basename } from "node:path";
import bundle from "./index.html";

/** An output of Bun's bundler: the HTML document, a script, or a style sheet. */
interface Chunk {
  readonly name: string;
  readonly text: string;
}

let page: Promise<ReturnType<typeof assemblePage>> | undefined;

/** Builds or reads the page on the first call and caches it. */
export function loadPage(): NonNullable<typeof page> {
  page ??= bundledChunks().then(assemblePage);
  return page;
}

async function bundledChunks(): Promise<Chunk[]> {
  // The executable contains the chunks; when run from source, they are built in some 10 ms.
  const outputs =
    bundle.files?.map(({ path }) => ({
      path,
      text: () => Bun.file(Bun.resolveSync(path, import.meta.dir)).text(),
    })) ??
    (
      await Bun.build({
        ...{ entrypoints: [bundle.index], target: "browser", minify: true, publicPath: "./" },
        // Selects the production build of lit-html, as scripts/build.ts does.
        define: { "process.env.NODE_ENV": '"production"' },
      })
    ).outputs;
  return Promise.all(
    outputs.map(async (output) => ({ name: basename(output.path), text: await output.text() })),
  );
}

/** Inlines scripts and style sheets into the document. @throws Error if one is missing */
export function assemblePage(chunks: readonly Chunk[]) {
  const document = chunks.find((chunk) => chunk.name.endsWith(".html"));
  if (document === undefined)
    throw new Error("The viewer page is missing from this build of scenecast. Build it again.");
  const readChunk = (url: string): string => {
    const chunk = chunks.find(({ name }) => url.endsWith(`/${name}`) || url === name);
    if (chunk === undefined)
      throw new Error(
        `The viewer page refers to ${url}, which is missing from this build of scenecast. Build it again.`,
      );
    return chunk.text;
  };
  const hashes = { script: new Set<string>(), style: new Set<string>() };
  const html = document.text
    .replace(/<!--.*?-->|^\s+/gm, "")
    .replace(/<script\b[^>]*?\bsrc="([^"]+)"[^>]*><\/script>/g, (_tag, url: string) => {
      // "</script" can occur only inside a string or a regular expression, where the backslash changes nothing.
      const code = readChunk(url).replaceAll("</script", "<\\/script");
      hashes.script.add(sourceHash(code));
      return `<script type="module">${code}</script>`;
    })
    .replace(/<link\b[^>]*?\brel="stylesheet"[^>]*?\bhref="([^"]+)"[^>]*>/g, (_tag, url: string) => {
      const rules = readChunk(url);
      hashes.style.add(sourceHash(rules));
      return `<style>${rules}</style>`;
    });
  return {
    html,
    /** Value of the `Content-Security-Policy` header: allows only this script and style, and requests only to this origin. */
    contentSecurityPolicy: [
      "default-src 'none'",
      `script-src ${[...hashes.script].join(" ")}`,
      `style-src ${[...hashes.style].join(" ")}`,
      "img-src 'self' data: blob:",
      // Older Firefox and Safari do not count a WebSocket of this host as 'self'.
      "connect-src 'self' ws: wss:",
      "base-uri 'none'",
      "form-action 'none'",
    ].join("; "),
  };
}

function sourceHash(text: string): string {
  return `'sha256-${new Bun.CryptoHasher("sha256").update(text).digest("base64")}'`;
}
