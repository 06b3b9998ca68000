import { type Figure, show } from "./measure.ts";

/** The figures of one run of the benchmark, said while they come and as a table in the end. */
export class Report {
  readonly #rows: [what: string, figure: string, unit: string][] = [];

  row(what: string, value: Figure | string, unit: string, digits = 1): void {
    const text = typeof value === "string" ? value : show(value, digits);
    this.#rows.push([what, text, unit]);
    console.error(`${what}: ${text} ${unit}`);
  }

  /** A Markdown table. */
  get table(): string {
    const width = Math.max(...this.#rows.map(([what]) => what.length));
    const head = `| ${"case".padEnd(width)} | median (least to most) | |\n|${"-".repeat(width + 2)}|---|---|`;
    return [
      head,
      ...this.#rows.map(([what, value, unit]) => `| ${what.padEnd(width)} | ${value} | ${unit} |`),
    ].join("\n");
  }
}
