import { describe, expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import packageJson from "../../package.json" with { type: "json" };
import { sceneDocumentPage } from "../../scripts/generate-docs/scene-document-page.ts";
import { commandLinePage, formatsPage, withFormatList } from "../../scripts/generate-docs.ts";
import { runScenecast } from "../support/scenecast.ts";
import { anchors, code, links, markdownFiles, ROOT } from "./markdown.ts";

const FILES = markdownFiles();
/** Options of other programs that the pages name: docker's and those of `npm run bench`. */
const OTHER_PROGRAMS = new Set(["--shm-size", "--ipc", "--quick"]);
const COMMANDS = ["view", "serve", "render", "record", "doctor", "licenses"];

/** The options of each command and of the program itself, from their --help. */
const OPTIONS = new Map(
  await Promise.all(
    ["", ...COMMANDS].map(async (command) => {
      const { stdout } = await runScenecast([...(command ? [command] : []), "--help"]);
      return [command, new Set(stdout.match(/(?<=[\s,])--?[a-z][a-z-]*/gi))] as const;
    }),
  ),
);
const ALL_OPTIONS = new Set([...OPTIONS.values()].flatMap((options) => [...options]));

/** The options of the scenecast command in a line of code, and the command; undefined if the line starts another program. */
function scenecastCommand(line: string): { command: string; options: string[] } | undefined {
  const start = /(?:^|[\s;&|$/])scenecast\s+(.*)$/.exec(line.replace(/\s#.*$/, "").replace(/["',]+/g, " "));
  if (start === null) return undefined;
  const words = (start[1] ?? "").split(/\s+/).filter((word) => word !== "" && word !== "scenecast");
  const command = COMMANDS.includes(words[0] ?? "") ? (words[0] ?? "") : "view";
  return {
    command,
    options: words.filter((word) => /^--?[a-z]/i.test(word)).map((word) => word.split("=")[0] ?? ""),
  };
}

describe("the documentation", () => {
  test("every relative link leads to a file, and its fragment to a heading", () => {
    const broken = FILES.flatMap(({ path, text }) =>
      links(text)
        .filter((target) => !/^[a-z]+:/.test(target))
        .filter((target) => {
          const [file = "", fragment] = target.split("#");
          const to = file === "" ? path : normalize(join(dirname(path), file));
          if (!existsSync(join(ROOT, to))) return true;
          if (fragment === undefined) return false;
          return !anchors(readFileSync(join(ROOT, to), "utf8")).has(fragment);
        })
        .map((target) => `${path}: ${target}`),
    );
    expect(broken).toEqual([]);
  });

  test("every scenecast command in code exists and has the options that are shown", () => {
    const wrong = FILES.flatMap(({ path, text }) =>
      code(text).flatMap((line) => {
        const found = scenecastCommand(line);
        if (found === undefined) return [];
        const known = OPTIONS.get(found.command) ?? new Set();
        return found.options
          .filter((option) => !known.has(option) && !OPTIONS.get("")?.has(option))
          .map((option) => `${path}: ${option} in ${line}`);
      }),
    );
    expect(wrong).toEqual([]);
  });

  test("every option that is named alone is an option of some command", () => {
    const wrong = FILES.flatMap(({ path, text }) =>
      code(text)
        .filter((piece) => /^--[a-z]/.test(piece))
        .map((piece) => /^--[a-z-]+/.exec(piece)?.[0] ?? "")
        .filter((option) => !ALL_OPTIONS.has(option) && !OTHER_PROGRAMS.has(option))
        .map((option) => `${path}: ${option}`),
    );
    expect(wrong).toEqual([]);
  });

  test("every environment variable is that of an option or is named in the source", async () => {
    const ofOptions = new Set(
      [...ALL_OPTIONS].map(
        (option) => `SCENECAST_${option.replace(/^-+/, "").replaceAll("-", "_").toUpperCase()}`,
      ),
    );
    const sources = [...new Bun.Glob("src/**/*.{ts,py}").scanSync({ cwd: ROOT })];
    const text = (await Promise.all(sources.map((path) => Bun.file(join(ROOT, path)).text()))).join("\n");
    const wrong = FILES.flatMap(({ path, text: page }) =>
      (page.match(/SCENECAST_[A-Z_]+/g) ?? [])
        .filter((name) => !ofOptions.has(name) && !text.includes(name))
        .map((name) => `${path}: ${name}`),
    );
    expect(wrong).toEqual([]);
  });

  test("every npm script and every file of the repository that is named exists", () => {
    const wrong = FILES.flatMap(({ path, text }) =>
      code(text).flatMap((line) => {
        const scripts = [...line.matchAll(/(?:npm|bun) run ([a-z]+)/g)].map(([, name = ""]) => name);
        const files = line.match(/(?<![\w./-])(?:src|native|scripts|test|examples|docs)\/[\w./-]*\w/g) ?? [];
        return [
          ...scripts
            .filter((name) => !(name in packageJson.scripts))
            .map((name) => `${path}: npm run ${name}`),
          ...files
            .filter((file) => !file.includes("NAME") && !existsSync(join(ROOT, file)))
            .map((file) => `${path}: ${file}`),
        ];
      }),
    );
    expect(wrong).toEqual([]);
  });

  test("docs/command-line.md, docs/formats.md and the README's list of formats are those of the program", () => {
    const read = (path: string) => readFileSync(join(ROOT, path), "utf8");
    expect(read("docs/command-line.md")).toBe(commandLinePage());
    expect(read("docs/scene-document.md")).toBe(sceneDocumentPage());
    expect(read("docs/formats.md")).toBe(formatsPage());
    expect(read("README.md")).toBe(withFormatList(read("README.md")));
  });

  test("the README has 150 lines at most, and a README of a room of src 20", () => {
    const tooLong = FILES.filter(({ path, text }) => {
      const lines = text.trimEnd().split("\n").length;
      return (path === "README.md" && lines > 150) || (/^src\/\w+\/README\.md$/.test(path) && lines > 20);
    });
    expect(tooLong.map(({ path }) => path)).toEqual([]);
  });
});
