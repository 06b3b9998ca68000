/** uniform-setters.generated.ts */
import { writeFileSync } from "node:fs";
import { idlBanner, idlParameters, idlText, nativeName, signature, target } from "./idl.ts";

const LISTS: Record<string, string> = { f: "Floats", i: "Ints", ui: "Uints" };
const VECTORS: Record<string, string> = { f: "floatVectors", i: "intVectors", ui: "uintVectors" };

function uniformSetter(name: string): string {
  const match = /^uniform(Matrix)?(\d)(?:x(\d))?(f|i|ui)(v?)$/.exec(name);
  if (!match) throw new Error(`${name} is not a uniform method`);
  const [, matrix, columns = "", rows = matrix ? columns : "1", type = "", isVector] = match;
  const native = `state.gl.${nativeName(name)}`;
  const head = ["    const { state } = this;", "    const index = uniformIndex(state, location);"];
  if (!isVector) {
    const values = idlParameters(name).slice(1);
    return [
      `  ${name}(${["location: Location", signature(values)].join(", ")}): void {`,
      ...head,
      `    if (index >= 0) ${native}(${["index", ...values.map((value) => value.name)].join(", ")});`,
      "  }",
    ].join("\n");
  }
  const size = Number(columns) * Number(rows);
  const transpose = matrix ? "transpose: boolean, " : "";
  const count = size === 1 ? "data.length" : `data.length / ${size}`;
  return [
    `  ${name}(location: Location, ${transpose}values: ${LISTS[type]}, offset = 0, length = 0): void {`,
    ...head,
    "    if (index < 0) return;",
    `    const data = ${VECTORS[type]}(state, values, offset, length, ${size});`,
    `    if (data) ${native}(index, ${count}, ${matrix ? "transpose ? 1 : 0, " : ""}data);`,
    "  }",
  ].join("\n");
}
const uniformNames = new Set(
  Array.from(idlText.matchAll(/^ +(uniform(?:Matrix)?\d[x\d]*(?:f|i|ui)v?)\(/gm), ([, name = ""]) => name),
);
writeFileSync(
  target("uniform-setters.generated.ts"),
  `${idlBanner("the WebGL IDL's methods")}import { ContextMethods } from "./context-core.ts";
import {
  type Floats, floatVectors, type Ints, intVectors, type Location, type Uints, uintVectors, uniformIndex,
} from "./uniform-values.ts";

/** uniform…(): the most frequent calls of a renderer, so each calls its native function directly and allocates nothing. */
export abstract class UniformSetterMethods extends ContextMethods {
${[...uniformNames].sort().map(uniformSetter).join("\n\n")}
}
`,
);
