import { posix } from "node:path";
import type { FileData } from "../../data-kinds.ts";
import type { ReadContext } from "../../format.ts";
import { DataError, LoadError, quote } from "../../load-error.ts";
import { startsWith } from "../../starts-with.ts";
import { datasetData } from "../dataset-data.ts";
import { LEGACY_MAGIC } from "../legacy/legacy-header.ts";
import { readLegacyDataset } from "../legacy/read-legacy.ts";
import type { VtkDataset } from "../vtk-dataset.ts";
import { type GridPiece, mergeGrids } from "../xml/merge-grids.ts";
import { readXmlPieces } from "../xml/read-vtk-xml.ts";
import { isCollectionType, isParallelType, xmlTypeOf } from "../xml-type.ts";
import { type CollectionStep, parseSeries, readCollectionFiles } from "./collection-files.ts";
import { joinDatasets } from "./join-datasets.ts";

/** Maximum depth of collections in collections. ParaView writes PVD of VTM of PVTU. */
const MAX_DEPTH = 4;

/**
 * Reads one time step of a collection of VTK files: the datasets of all its files, joined to one.
 *
 * @throws LoadError, DataError
 */
export async function readCollection(context: ReadContext): Promise<FileData> {
  const { steps, isParallel } = await readSteps(context);
  const files = steps[Math.min(context.step ?? 0, steps.length - 1)]?.files ?? [];
  const reader = new CollectionReader(context);
  await (isParallel ? reader.readParallel(files) : reader.readAll(files, 1));
  const data = datasetData(reader.join(), reader.warnings, context);
  const seconds = steps.map((other) => other.seconds ?? Number.NaN);
  const times = seconds.every(Number.isFinite) ? { seconds } : {};
  return steps.length > 1 ? { ...data, steps: { count: steps.length, ...times } } : data;
}

async function readSteps({ source }: ReadContext): Promise<{ steps: CollectionStep[]; isParallel: boolean }> {
  await source.fillTo(4096);
  const type = xmlTypeOf(source.window);
  if (type === undefined) {
    return { steps: parseSeries(new TextDecoder().decode(await source.readRest())), isParallel: false };
  }
  return { steps: await readCollectionFiles(source), isParallel: isParallelType(type) };
}

/** Collects the datasets of files. */
class CollectionReader {
  readonly warnings: string[] = [];
  readonly #context: ReadContext;
  readonly #datasets: VtkDataset[] = [];
  /** The first file that cannot be read. */
  #failure: DataError | undefined;

  constructor(context: ReadContext) {
    this.#context = context;
  }

  /** Reads files. Those that cannot be read are left out, with a warning. */
  async readAll(names: readonly string[], depth: number): Promise<void> {
    for (const name of names) {
      await this.#attempt(name, async () => {
        this.#datasets.push(...(await this.#readDatasets(name, depth)));
      });
    }
  }

  /** Reads the pieces of one dataset, which are in a file each. */
  async readParallel(names: readonly string[]): Promise<void> {
    const grids: GridPiece[] = [];
    for (const name of names) {
      await this.#attempt(name, async () => {
        await using source = await this.#context.files.open(name);
        const pieces = await readXmlPieces(source, this.warnings);
        grids.push(...pieces.grids);
        this.#datasets.push(...pieces.others);
      });
    }
    if (grids.length > 0) this.#datasets.push(mergeGrids(grids));
  }

  async #attempt(name: string, read: () => Promise<void>): Promise<void> {
    try {
      await read();
    } catch (error) {
      if (!(error instanceof DataError || error instanceof LoadError)) throw error;
      const reason = error instanceof LoadError ? error.reason : error.message;
      const message = reason.includes(quote(name)) ? reason : `${quote(name)}: ${reason}`;
      this.#failure ??= new DataError(message, { cause: error });
      this.warnings.push(`${message}; left out`);
    }
  }

  /** @throws DataError if no file could be read */
  join(): VtkDataset {
    if (this.#datasets.length > 0) return joinDatasets(this.#datasets, this.warnings);
    throw this.#failure ?? new DataError("there is nothing to draw in it");
  }

  async #readDatasets(name: string, depth: number): Promise<VtkDataset[]> {
    await using source = await this.#context.files.open(name);
    await source.fillTo(4096);
    if (startsWith(source.window, LEGACY_MAGIC)) return [await readLegacyDataset(source, this.warnings)];
    const type = xmlTypeOf(source.window);
    if (type === undefined) throw new DataError("it is no VTK file");
    if (!isCollectionType(type)) {
      const { grids, others } = await readXmlPieces(source, this.warnings);
      return grids.length > 0 ? [mergeGrids(grids), ...others] : [...others];
    }
    if (depth >= MAX_DEPTH) throw new DataError("it is in too many collections of collections");
    const [step] = await readCollectionFiles(source);
    const names = (step?.files ?? []).map((file) => posix.join(posix.dirname(name), file));
    await (isParallelType(type) ? this.readParallel(names) : this.readAll(names, depth + 1));
    return [];
  }
}
