import { dirname, join, relative } from "node:path";
import { isDocument, readDocument } from "../document/document-file.ts";
import { filesOf } from "../document/scene-document.ts";
import { inspectFile } from "../formats/inspect-file.ts";
import { formatBytes } from "../formats/load-error.ts";
import type { FormatId } from "../formats/registry.ts";
import { type ArraySummary, type DataSummary, describeData } from "../loading/describe-data.ts";
import { readFile } from "../loading/read-data.ts";
import { CommandError, printable } from "./errors.ts";
import { LoadingProgress } from "./loading-progress.ts";
import { ignoreEpipe } from "./log.ts";
import { isSceneModule } from "./modules/module-files.ts";
import { resolveFiles } from "./standard-input.ts";

interface FileSummary extends DataSummary {
  readonly file: string;
  readonly format: string;
  readonly bytes: number;
}

/** A file and its name as it is printed. */
interface NamedFile {
  readonly file: string;
  readonly path: string;
}

/** `scenecast info`: prints what is in each file, and in each file of a scene document. With --json, one JSON array of a `FileSummary` for each. */
export async function info(
  files: string[],
  options: { json?: boolean; root?: string; format?: FormatId },
): Promise<void> {
  ignoreEpipe(process.stdout);
  const summaries: FileSummary[] = [];
  const paths = await resolveFiles(files, options.format);
  const named = paths.flatMap((path, i) => filesIn(path, files[i] ?? ""));
  for (const [i, { file, path }] of named.entries()) {
    if (isSceneModule(path))
      throw new CommandError(`${file} is a scene module, a program: scenecast view ${file} shows its scene.`);
    const { format, bytes } = inspectFile(path);
    const progress = new LoadingProgress(file, bytes);
    const data = await readFile(path, options.root, (phase, fraction) =>
      progress.update(fraction, phase),
    ).finally(() => progress.clear());
    const summary = { file, format: format.name, bytes, ...describeData(data) };
    if (options.json) summaries.push(summary);
    else process.stdout.write(`${i === 0 ? "" : "\n"}${textOf(summary)}`);
  }
  if (options.json) process.stdout.write(`${JSON.stringify(summaries, null, 2)}\n`);
}

/** The file itself, or the files of a scene document with paths relative to it. */
function filesIn(path: string, file: string): NamedFile[] {
  if (!isDocument(path)) return [{ file, path }];
  const folder = dirname(path);
  return filesOf(readDocument(path)).map((inner) => ({
    file: join(dirname(file), relative(folder, inner)),
    path: inner,
  }));
}

function textOf(summary: FileSummary): string {
  const { file, format, bytes, kind, counts, extent, unit, space, affine, dims, arrays, groups, warnings } =
    summary;
  const lines = [`${printable(file)}: ${format}, ${formatBytes(bytes)}`, `  kind      ${kind}`];
  const numbers = Object.entries(counts).filter(([, count]) => count > 0);
  if (numbers.length > 0) {
    lines.push(
      `  counts    ${numbers.map(([name, count]) => `${count.toLocaleString("en")} ${name}`).join(", ")}`,
    );
  }
  if (dims !== undefined) lines.push(`  dims      ${dims.join(" x ")}`);
  if (extent !== undefined) {
    const axes = extent.min.map(
      (min, axis) => `${"xyz"[axis]} ${round(min)} to ${round(extent.max[axis] ?? 0)}`,
    );
    const where = [...(unit === undefined ? [] : [unit]), ...(space === "ras" ? ["RAS+"] : [])].join(" ");
    lines.push(`  extent    ${axes.join(", ")}${where && ` ${where}`}`);
  }
  if (affine !== undefined) {
    for (const row of [0, 1, 2]) {
      const entries = affine.slice(4 * row, 4 * row + 4).map((value) => String(round(value)).padStart(10));
      lines.push(`  ${row === 0 ? "affine " : "       "}  ${entries.join(" ")}`);
    }
  }
  for (const [i, array] of arrays.entries())
    lines.push(`  ${i === 0 ? "arrays " : "       "}   ${arrayText(array)}`);
  for (const [i, { name, streamlines }] of (groups ?? []).entries()) {
    lines.push(
      `  ${i === 0 ? "groups " : "       "}   ${printable(name)}: ${streamlines.toLocaleString("en")} streamlines`,
    );
  }
  for (const warning of warnings) lines.push(`  warning   ${printable(warning)}`);
  return `${lines.join("\n")}\n`;
}

function arrayText({
  name,
  of,
  components,
  type,
  range,
  invalid,
  unit,
  labels,
  structure,
}: ArraySummary): string {
  const size = components > 1 ? ` x ${components}` : "";
  const values = range === undefined ? "no finite value" : `${round(range[0])} to ${round(range[1])}`;
  return [
    `${printable(name)}: ${type}${size} per ${of.replace(/s$/, "")}${structure === undefined ? "" : ` of ${structure}`}`,
    `${values}${unit === undefined ? "" : ` ${unit}`}`,
    ...(invalid > 0 ? [`${invalid.toLocaleString("en")} not finite`] : []),
    ...(labels === undefined ? [] : [`${labels} labels`]),
  ].join(", ");
}

/** Six significant digits. */
function round(value: number): number {
  return Number(value.toPrecision(6));
}
