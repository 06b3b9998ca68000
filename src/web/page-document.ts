/**
 * The viewer page as one self-contained document: style and script are inside it, so it has no URL of its
 * own to resolve and works below any prefix of any proxy.
 *
 * Bun's HTML import alone is not enough: `Bun.serve` hands its chunks out under absolute paths (`/chunk-….js`).
 */
import bundle from "./index.html";

/** What the server sends for `GET /`. */
export interface PageDocument {
  readonly html: string;
  /** For the `Content-Security-Policy` header: only this script and style run, only this origin is asked. */
  readonly contentSecurityPolicy: string;
}

/** A piece that Bun's bundler made: the document itself, a script, or a style sheet. */
interface Chunk {
  readonly name: string;
  readonly text: string;
}

let page: Promise<PageDocument> | undefined;

/** The page; built or read on the first call and kept for the life of the process. */
export function loadPage(): Promise<PageDocument> {
  page ??= bundledChunks().then(assemblePage);
  return page;
}

async function bundledChunks(): Promise<Chunk[]> {
  // A bundled program (the executable) carries the chunks; a program run from its sources makes them, in some 10 ms.
  if (bundle.files !== undefined) {
    return Promise.all(
      bundle.files.map(async ({ path }) => ({
        name: path.slice(path.lastIndexOf("/") + 1),
        text: await Bun.file(Bun.resolveSync(path, import.meta.dir)).text(),
      })),
    );
  }
  const built = await Bun.build({
    entrypoints: [bundle.index],
    target: "browser",
    minify: true,
    publicPath: "./",
  });
  return Promise.all(
    built.outputs.map(async (output) => ({
      name: output.path.slice(output.path.lastIndexOf("/") + 1),
      text: await output.text(),
    })),
  );
}

/** Puts scripts and style sheets where the document refers to them. Throws when one is missing. */
export function assemblePage(chunks: readonly Chunk[]): PageDocument {
  const document = chunks.find((chunk) => chunk.name.endsWith(".html"));
  if (document === undefined)
    throw new Error("The viewer page is missing from this build of scenecast; build it again.");
  const find = (url: string): string => {
    const chunk = chunks.find(({ name }) => url.endsWith(`/${name}`) || url === name);
    if (chunk === undefined)
      throw new Error(`The viewer page refers to ${url}, which this build of scenecast lacks.`);
    return chunk.text;
  };
  const hashes = { script: new Set<string>(), style: new Set<string>() };
  const html = document.text
    .replace(/<!--.*?-->|^\s+/gm, "")
    .replace(/<script\b[^>]*?\bsrc="([^"]+)"[^>]*><\/script>/g, (_tag, url: string) => {
      // "</script" can occur only inside a string or a regular expression, where the backslash changes nothing.
      const code = find(url).replaceAll("</script", "<\\/script");
      hashes.script.add(sourceHash(code));
      return `<script type="module">${code}</script>`;
    })
    .replace(/<link\b[^>]*?\brel="stylesheet"[^>]*?\bhref="([^"]+)"[^>]*>/g, (_tag, url: string) => {
      const rules = find(url);
      hashes.style.add(sourceHash(rules));
      return `<style>${rules}</style>`;
    });
  return {
    html,
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
