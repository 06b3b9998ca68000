import { type Figure, formatFigure } from "./measure.ts";

/** The figures of one run of the benchmark: printed on standard error when they are measured, and as a table at the end. */
export class Report {
  readonly #rows: [what: string, figure: string, unit: string, peer: string][] = [];

  /** @param peer the same figure of the program that scenecast is compared with, or the goal */
  row(what: string, value: Figure | string, unit: string, digits = 1, peer?: Figure | string): void {
    const text = (of: Figure | string) => (typeof of === "string" ? of : formatFigure(of, digits));
    const [ours, theirs] = [text(value), peer === undefined ? "" : text(peer)];
    this.#rows.push([what, ours, unit, theirs]);
    console.error(`${what}: ${ours} ${unit}${theirs && `; peer: ${theirs}`}`);
  }

  /** A Markdown table. */
  get table(): string {
    const width = Math.max(...this.#rows.map(([what]) => what.length));
    const head = `| ${"case".padEnd(width)} | median (minimum to maximum) | | peer |\n|${"-".repeat(width + 2)}|---|---|---|`;
    return [
      head,
      ...this.#rows.map(
        ([what, value, unit, peer]) => `| ${what.padEnd(width)} | ${value} | ${unit} | ${peer} |`,
      ),
    ].join("\n");
  }
}
