import { basename } from "node:path";
import { TckParser } from "../../native/parse-tracts.ts";
import type { Overlay, Streamlines } from "../data-kinds.ts";
import { FilePositions } from "../file-positions.ts";
import type { FileSource } from "../file-source.ts";
import type { ReadContext } from "../format.ts";
import { GrowingArray } from "../growing-array.ts";
import { LoadError } from "../load-error.ts";
import { finishStreamlines, offsetsOf } from "../streamlines/finish-streamlines.ts";
import { streamlineStep } from "../streamlines/streamline-step.ts";
import { parseTckHeader, type TckHeader } from "./tck-header.ts";

/** Initial capacity if the size of the content is unknown, because it is compressed. */
const INITIAL_POINTS = 65_536;
const INITIAL_STREAMLINES = 4096;

/**
 * Reads MRtrix's tracks. Positions are in mm, RAS+, as in the file.
 *
 * @param maxPoints of a larger file, every n-th streamline is read; default: 300 million
 */
export async function readTck(
  context: Pick<ReadContext, "path" | "source">,
  maxPoints?: number,
): Promise<Streamlines> {
  const { source } = context;
  const header = await readHeader(context, "TCK");
  const warnings = [...header.warnings];
  const { every, capacity } = streamlineStep(expectedPoints(header, 3, source), warnings, maxPoints);
  const positions = new FilePositions(3 * capacity, false);
  const { ends, invalid } = await readPoints(source, { header, components: 3, every }, positions, warnings);
  const read = {
    positions: positions.finish(),
    origin: positions.origin,
    offsets: offsetsOf(ends),
    warnings,
  };
  return finishStreamlines(read, invalid);
}

/** Reads MRtrix's track scalars: one value per point of the tracks that they belong to. */
export async function readTsf(context: ReadContext): Promise<Overlay> {
  const { path, source } = context;
  const header = await readHeader(context, "TSF");
  const warnings = [...header.warnings];
  const values = new GrowingArray(new Float32Array(expectedPoints(header, 1, source)));
  await readPoints(source, { header, components: 1, every: 1 }, values, warnings);
  const name = basename(path).replace(/(?:\.tsf)?(?:\.gz)?$/i, "");
  const array = { name, components: 1, values: values.values };
  return { kind: "overlay", of: "points", origin: [0, 0, 0], arrays: [array], warnings };
}

async function readHeader(
  { path, source }: Pick<ReadContext, "path" | "source">,
  format: string,
): Promise<TckHeader> {
  for (;;) {
    const header = parseTckHeader(path, source.window, format);
    if (header !== undefined) {
      await source.skip(header.offset - source.offset);
      return header;
    }
    if (source.isAtEnd) {
      throw new LoadError(path, 'the header has no line "END": the file is cut off or damaged', { format });
    }
    await source.fillTo(2 * source.window.length + 1);
  }
}

/** Number of points to allocate for: those that fit into an uncompressed file. */
function expectedPoints({ doubles, offset }: TckHeader, components: number, source: FileSource): number {
  if (source.isCompressed) return INITIAL_POINTS;
  return Math.ceil(Math.max(0, source.maxBytes - offset) / ((doubles ? 8 : 4) * components));
}

/**
 * Reads the points of a file.
 *
 * @param values receives their numbers
 * @returns for each streamline, the number of points up to its end, and the number of invalid points
 */
async function readPoints(
  source: FileSource,
  layout: { readonly header: TckHeader; readonly components: 1 | 3; readonly every: number },
  values: GrowingArray<Float32Array | Float64Array>,
  warnings: string[],
): Promise<{ ends: Uint32Array; invalid: number }> {
  const { components, every } = layout;
  const { doubles, bigEndian, count } = layout.header;
  const parser = new TckParser({ components, doubles, bigEndian, every });
  const rowBytes = (doubles ? 8 : 4) * components;
  const ends = new GrowingArray(
    new Uint32Array(Math.floor(Math.min(count, source.maxBytes / rowBytes)) || INITIAL_STREAMLINES),
  );
  for (let bytes = -1; bytes !== 0; ) {
    await source.fillTo(rowBytes);
    const { window, fraction } = source;
    const rows = Math.floor(window.length / rowBytes);
    values.reserve(components * rows, fraction);
    ends.reserve(rows, fraction);
    bytes = parser.parse(window, values.array as Float32Array, ends.array);
    values.length = components * parser.points;
    ends.length = parser.streamlines;
    source.consume(bytes);
  }
  const isLastCut = parser.points > (ends.values.at(-1) ?? 0);
  const total = parser.passed + (isLastCut ? 1 : 0);
  if (isLastCut && parser.passed % every === 0) ends.push(parser.points);
  else values.length = components * (ends.values.at(-1) ?? 0);
  if (!parser.isAtEnd) warnings.push("the file has no end marker: it is cut off");
  if (count > 0 && count !== total) {
    warnings.push(`the header declares ${count} streamlines, the file has ${total}`);
  }
  return { ends: ends.values, invalid: parser.invalid };
}
