/**
 * `bun run docs`: writes docs/command-line.md from the definition of the command line, docs/scene-document.md from the tables of properties,
 * docs/formats.md and the list of formats in README.md from the registry of formats. A test checks that they are current.
 */
import { join } from "node:path";
import type { Command, Option } from "commander";
import { buildProgram } from "../src/cli/program.ts";
import { formatNames, formatTable } from "../src/formats/registry.ts";
import { sceneDocumentPage } from "./generate-docs/scene-document-page.ts";

const root = join(import.meta.dir, "..");

const INTRODUCTION = `# Command line

<!-- Made by scripts/generate-docs.ts; change src/cli/program.ts and src/cli/options.ts instead. -->

\`scenecast FILE…\` is short for \`scenecast view FILE…\`. Options other than those of a layer can also be set in the
environment: \`--port 9000\` is \`SCENECAST_PORT=9000\`. Defaults of all options can be set in \`~/.config/scenecast/config.json\`
(\`XDG_CONFIG_HOME\` is respected, and \`SCENECAST_CONFIG\` names another file): \`{"port": 9000, "colormap": "magma", "axes": true}\`. The
command line precedes the environment, which precedes that file.

| exit code | |
|---|---|
| 0 | done, or ended by SIGINT or SIGTERM |
| 1 | an error: one sentence on standard error names the file or the cause |
| 2 | wrong usage |
| 3 | \`render --strict\`: nothing is visible |

When the page can be opened, \`view\` and \`serve\` print one line on standard output: \`scenecast ready http://localhost:8000/\`, or with
\`--json\` an object with \`url\`, \`port\` and \`pid\`, and \`view_url\` where there is a view-only token. Everything else goes to standard
error.
`;

const cell = (text: string) => text.replaceAll("|", "\\|").replaceAll("<", "&lt;");

function optionRow({
  flags,
  description,
  defaultValueDescription,
  defaultValue,
  argChoices,
}: Option): string {
  const choices = argChoices === undefined ? "" : `: ${argChoices.join(", ")}`;
  const value = defaultValueDescription ?? (typeof defaultValue === "object" ? undefined : defaultValue);
  const byDefault = value === undefined || value === false ? "" : ` (default: ${value})`;
  return `| \`${flags}\` | ${cell(description + choices + byDefault)} |`;
}

function commandSection(command: Command): string {
  const names = command.registeredArguments.map((argument) => {
    const name = argument.variadic ? `${argument.name()}...` : argument.name();
    return argument.required ? `<${name}>` : `[${name}]`;
  });
  const lines = [`## scenecast ${command.name()}`, "", command.description(), ""];
  lines.push("```", ["scenecast", command.name(), "[options]", ...names].join(" "), "```", "");
  for (const argument of command.registeredArguments) lines.push(`${argument.description}.`, "");
  if (command.options.length > 0) {
    lines.push("| option | |", "|---|---|", ...command.options.map(optionRow), "");
  }
  return lines.join("\n");
}

/** The text of docs/command-line.md. */
export function commandLinePage(): string {
  const program = buildProgram();
  const visible = new Set(program.createHelp().visibleCommands(program));
  const commands = program.commands.filter((command) => visible.has(command));
  return [INTRODUCTION, ...commands.map(commandSection)].join("\n");
}

/** The text of docs/formats.md. */
export function formatsPage(): string {
  return `# Formats

<!-- Made by scripts/generate-docs.ts from the registry of formats (src/formats/registry.ts). -->

The format of a file is detected by its content; the extension decides where the content is ambiguous.

${formatTable()}`;
}

/** README.md with the current list of formats. @throws Error if its markers are missing */
export function withFormatList(readme: string): string {
  const [start, end] = ["<!-- formats: made by scripts/generate-docs.ts -->\n", "<!-- /formats -->"];
  const [from, to] = [readme.indexOf(start), readme.indexOf(end)];
  if (from < 0 || to < from) throw new Error("README.md has no place for the list of formats.");
  return `${readme.slice(0, from + start.length)}${formatNames()}.\n${readme.slice(to)}`;
}

if (import.meta.main) {
  await Bun.write(join(root, "docs/command-line.md"), commandLinePage());
  await Bun.write(join(root, "docs/scene-document.md"), sceneDocumentPage());
  await Bun.write(join(root, "docs/formats.md"), formatsPage());
  const readme = Bun.file(join(root, "README.md"));
  await Bun.write(readme, withFormatList(await readme.text()));
}
