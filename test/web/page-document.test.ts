import { describe, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { assemblePage, loadPage } from "../../src/web/page-document.ts";

/** Elements that would make the browser send further requests. */
const REFERENCES = /<(?:script|link|img|iframe|source)\b[^>]*?\b(?:src|href)="(?!data:)/;

function expectSelfContained({ html, contentSecurityPolicy }: ReturnType<typeof assemblePage>): void {
  expect(html).not.toMatch(REFERENCES);
  expect(html).not.toContain("_bun/");
  expect(html).toContain('<main id="stage"');
  const script = /<script type="module">([\s\S]*?)<\/script>/.exec(html)?.[1] ?? "";
  expect(script).toContain("video/mjpeg");
  const hash = new Bun.CryptoHasher("sha256").update(script).digest("base64");
  expect(contentSecurityPolicy).toContain(`script-src 'sha256-${hash}'`);
  expect(contentSecurityPolicy).not.toContain("unsafe");
}

/** Maximum size of the page as browsers receive it, bytes. */
const MAX_COMPRESSED_BYTES = 150_000;

describe("the page document", () => {
  test("the page document is small, and has the production build of its libraries", async () => {
    const { html } = await loadPage();
    expect(Bun.gzipSync(html).byteLength).toBeLessThan(MAX_COMPRESSED_BYTES);
    expect(html).not.toContain("dev mode");
  });

  test("the page document is self-contained, and its policy allows only its own script", async () => {
    expectSelfContained(await loadPage());
  });

  test("the page document is the same in a compiled executable without the sources", async () => {
    const directory = await mkdtemp(join(tmpdir(), "scenecast-page-"));
    try {
      const executable = join(directory, "print-page");
      const build = Bun.spawnSync([
        process.execPath,
        "build",
        "--compile",
        join(import.meta.dir, "print-page.ts"),
        "--outfile",
        executable,
      ]);
      expect(build.exitCode, build.stderr.toString()).toBe(0);
      const printed = Bun.spawnSync([executable], { cwd: directory, env: {} });
      expectSelfContained(JSON.parse(printed.stdout.toString()));
    } finally {
      await rm(directory, { recursive: true });
    }
  });

  const document =
    '<html><link rel="stylesheet" crossorigin href="./a.css"><script type="module" src="/b.js"></script></html>';

  test("the page document keeps scripts intact that contain </script or a replacement pattern", () => {
    const { html } = assemblePage([
      { name: "index.html", text: document },
      { name: "a.css", text: 'p::after { content: "$&" }' },
      { name: "b.js", text: 'document.title = "</script>$1"' },
    ]);
    expect(html).toBe(
      '<html><style>p::after { content: "$&" }</style><script type="module">document.title = "<\\/script>$1"</script></html>',
    );
  });

  test("the page document throws an error that names a missing chunk", () => {
    expect(() => assemblePage([{ name: "index.html", text: document }])).toThrow("b.js");
    expect(() => assemblePage([])).toThrow("The viewer page is missing from this build of scenecast");
  });
});
