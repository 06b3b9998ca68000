import type { NamedAssembly } from "../molecule/molecule-builder.ts";
import type { Categories, Category } from "./category.ts";

/** Maximum number of copies in an assembly: the largest viruses have 60 times 28. */
const MAX_COPIES = 4000;

/** The assemblies of `pdbx_struct_assembly_gen` with the operators of `pdbx_struct_oper_list`. */
export function assembliesOf(categories: Categories): NamedAssembly[] {
  const generators = categories.get("pdbx_struct_assembly_gen");
  const operators = operatorsOf(categories.get("pdbx_struct_oper_list"));
  const assemblies = new Map<string, { chains: string[]; matrix: number[] }[]>();
  for (let row = 0; row < (generators?.rowCount ?? 0); row += 1) {
    const name = generators?.text("assembly_id", row) ?? "";
    const chains = (generators?.text("asym_id_list", row) ?? "").split(",").map((chain) => chain.trim());
    const copies = assemblies.get(name) ?? [];
    assemblies.set(name, copies);
    for (const sequence of expandOperators(generators?.text("oper_expression", row) ?? "")) {
      const matrices = sequence.flatMap((id) => {
        const matrix = operators.get(id);
        return matrix === undefined ? [] : [matrix];
      });
      if (matrices.length < sequence.length || copies.length >= MAX_COPIES) continue;
      copies.push({ chains, matrix: matrices.reduce(multiply, [...IDENTITY]) });
    }
  }
  return [...assemblies]
    .map(([name, copies]) => ({ name, copies }))
    .filter(({ copies }) => copies.length > 0);
}

const IDENTITY = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1];

function operatorsOf(table: Category | undefined): Map<string, number[]> {
  const operators = new Map<string, number[]>();
  for (let row = 0; row < (table?.rowCount ?? 0); row += 1) {
    const rows = [1, 2, 3].flatMap((i) => [
      ...[1, 2, 3].map((j) => table?.number(`matrix[${i}][${j}]`, row) ?? Number.NaN),
      table?.number(`vector[${i}]`, row) ?? Number.NaN,
    ]);
    if (rows.every(Number.isFinite)) operators.set(table?.text("id", row) ?? "", [...rows, 0, 0, 0, 1]);
  }
  return operators;
}

/** Expands "1", "(1-3,5)" and "(1-60)(61-88)" to sequences of operators, of which the last is applied first. */
function expandOperators(expression: string): string[][] {
  const factors = [...expression.matchAll(/\(([^()]*)\)|([^()]+)/g)].map(([, inside, plain]) =>
    (inside ?? plain ?? "").split(",").flatMap((part) => {
      const [, first, last] = /^(\d{1,6})-(\d{1,6})$/.exec(part.trim()) ?? [];
      if (first === undefined || last === undefined) return part.trim() === "" ? [] : [part.trim()];
      const count = Math.min(MAX_COPIES, Number(last) - Number(first) + 1);
      return Array.from({ length: Math.max(0, count) }, (_, i) => String(Number(first) + i));
    }),
  );
  return factors.reduce<string[][]>(
    (sequences, ids) =>
      sequences.flatMap((sequence) => ids.map((id) => [...sequence, id])).slice(0, MAX_COPIES),
    [[]],
  );
}

/** Product of row-major 4x4 matrices. */
function multiply(a: readonly number[], b: readonly number[]): number[] {
  return Array.from({ length: 16 }, (_, i) =>
    [0, 1, 2, 3].reduce((sum, k) => sum + (a[4 * Math.floor(i / 4) + k] ?? 0) * (b[4 * k + (i % 4)] ?? 0), 0),
  );
}
