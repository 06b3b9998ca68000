import type { Label, NumericArray } from "../data-kinds.ts";
import type { ReadContext } from "../format.ts";
import { DataError, quote } from "../load-error.ts";
import { readChildren } from "../xml/read-children.ts";
import { XmlReader, type XmlStartTag } from "../xml/xml-reader.ts";
import { readGiftiData } from "./gifti-data.ts";
import { readLabelTable } from "./label-table.ts";

type Metadata = ReadonlyMap<string, string>;

/** A DataArray element. */
export interface GiftiArray {
  /** Without "NIFTI_INTENT_": "POINTSET". */
  readonly intent: string;
  readonly components: number;
  /** Row-major. */
  readonly values: NumericArray;
  readonly metadata: Metadata;
  readonly transforms: readonly GiftiTransform[];
}

/** A CoordinateSystemTransformMatrix element. */
interface GiftiTransform {
  /** Without "NIFTI_XFORM_": "SCANNER_ANAT". */
  readonly from: string;
  readonly to: string;
  /** 16 numbers, row-major. */
  readonly matrix: readonly number[];
}

export interface GiftiDocument {
  readonly arrays: readonly GiftiArray[];
  readonly labels: readonly Label[];
  readonly metadata: Metadata;
}

/**
 * Reads all elements of a document. Arrays that are incomplete are left out, with a warning.
 *
 * @throws DataError
 */
export async function readGiftiDocument(context: ReadContext, warnings: string[]): Promise<GiftiDocument> {
  const reader = new XmlReader(context.source);
  const arrays: GiftiArray[] = [];
  let labels: readonly Label[] = [];
  let metadata: Metadata = new Map();
  let hasRoot = false;
  for (;;) {
    const tag = await reader.next();
    if (tag === undefined) break;
    if (tag.type === "end") continue;
    if (!hasRoot && tag.name !== "GIFTI")
      throw new DataError(`it is not GIFTI, but XML of ${quote(tag.name)}`);
    hasRoot = true;
    if (tag.name === "GIFTI") continue;
    if (tag.name === "MetaData") metadata = await readMetadata(reader);
    else if (tag.name === "LabelTable") labels = await readLabelTable(reader);
    else if (tag.name === "DataArray") {
      const array = await readArray(reader, tag, context, warnings);
      if (array !== undefined) arrays.push(array);
    } else await reader.skipElement();
  }
  if (reader.depth > 0 || !hasRoot) warnings.push("the file is cut off: what is complete is shown");
  return { arrays, labels, metadata };
}

async function readMetadata(reader: XmlReader): Promise<Metadata> {
  const metadata = new Map<string, string>();
  let name = "";
  await readChildren(reader, async (tag) => {
    if (tag.name === "Name") name = await reader.text();
    else if (tag.name === "Value") metadata.set(name.trim(), (await reader.text()).trim());
  });
  return metadata;
}

async function readArray(
  reader: XmlReader,
  { attributes }: XmlStartTag,
  context: ReadContext,
  warnings: string[],
): Promise<GiftiArray | undefined> {
  const intent = (attributes.get("Intent") ?? "NONE").replace(/^NIFTI_INTENT_/, "");
  const transforms: GiftiTransform[] = [];
  let metadata: Metadata = new Map();
  let data: { values: NumericArray; components: number } | undefined;
  await readChildren(reader, async ({ name }) => {
    if (name === "MetaData") metadata = await readMetadata(reader);
    else if (name === "CoordinateSystemTransformMatrix") transforms.push(await readTransform(reader));
    else if (name === "Data") data = await readGiftiData(reader, attributes, context, intent, warnings);
  });
  return data && { intent, ...data, metadata, transforms };
}

async function readTransform(reader: XmlReader): Promise<GiftiTransform> {
  const texts = new Map<string, string>();
  await readChildren(reader, async ({ name }) => {
    texts.set(name, (await reader.text()).trim());
  });
  const space = (name: string): string => (texts.get(name) ?? "UNKNOWN").replace(/^NIFTI_XFORM_/, "");
  const matrix = (texts.get("MatrixData") ?? "").split(/[\s,]+/).map(Number);
  return { from: space("DataSpace"), to: space("TransformedSpace"), matrix };
}
