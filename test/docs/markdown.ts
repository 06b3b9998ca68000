import { readFileSync } from "node:fs";
import { resolve } from "node:path";

export const ROOT: string = resolve(import.meta.dir, "../..");

/** One Markdown file of the repository. */
export interface MarkdownFile {
  /** Relative to the repository. */
  readonly path: string;
  readonly text: string;
}

/** All Markdown files of the repository. */
export function markdownFiles(): MarkdownFile[] {
  const paths = [...new Bun.Glob("**/*.md").scanSync({ cwd: ROOT, dot: true })].filter(
    (path) => !/(^|\/)(node_modules|build|dist)\//.test(path),
  );
  return paths.sort().map((path) => ({ path, text: readFileSync(`${ROOT}/${path}`, "utf8") }));
}

/** Targets of `[text](target)` and `![text](target)`, outside of code. */
export function links(text: string): string[] {
  const prose = text.replace(/```.*?```/gs, "").replace(/`[^`\n]*`/g, "");
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => target ?? "");
}

/** The fragments of a file's headings, as GitHub makes them. */
export function anchors(text: string): Set<string> {
  const headings = text.replace(/```.*?```/gs, "").matchAll(/^#+ +(.+)$/gm);
  return new Set(
    [...headings].map(([, heading = ""]) =>
      heading
        .toLowerCase()
        .replace(/[^\p{L}\p{N} _-]/gu, "")
        .replaceAll(" ", "-"),
    ),
  );
}

/** What stands in code: each line of a fenced block, and each `inline` piece. */
export function code(text: string): string[] {
  const blocks = [...text.matchAll(/```[^\n]*\n(.*?)```/gs)].flatMap(([, block = ""]) => block.split("\n"));
  const inline = [...text.replace(/```.*?```/gs, "").matchAll(/`([^`\n]+)`/g)].map(([, piece = ""]) => piece);
  return [...blocks, ...inline];
}
