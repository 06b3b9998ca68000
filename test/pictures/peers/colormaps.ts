/** Prints the colormaps as a JSON object of lists of 256 x 3 bytes, so that peers use the same colors. */
import { colormapTable } from "../../../src/layers/colormap.ts";

const names = ["viridis", "gray", "hot"] as const;
console.log(JSON.stringify(Object.fromEntries(names.map((name) => [name, [...colormapTable(name)]]))));
