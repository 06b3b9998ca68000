import type { FileSource } from "../../file-source.ts";
import { DataError, quote } from "../../load-error.ts";
import { XmlReader, type XmlStartTag } from "../../xml/xml-reader.ts";
import { XmlArrayReader, type XmlEncoding } from "./array-reader.ts";
import { decompressorOf } from "./block-stream.ts";
import type { XmlArray } from "./xml-array.ts";
import { type XmlAttributes, XmlPiece } from "./xml-piece.ts";

export interface XmlDocument {
  /** Of the dataset, such as UnstructuredGrid. */
  readonly type: string;
  /** Of the dataset's element. */
  readonly attributes: XmlAttributes;
  readonly pieces: readonly XmlPiece[];
}

const UNDERSCORE = 95;
const SPACE = 32;

/**
 * Reads a VTK file in XML with all of its arrays. Appended data follows the structure: its arrays are read in one pass, in the order of
 * their offsets. It is not parsed as XML: raw data can contain any bytes, such as `<`.
 *
 * @param warnings receives a sentence for each array that is left out
 * @throws DataError
 */
export async function readXmlDocument(source: FileSource, warnings: string[]): Promise<XmlDocument> {
  const xml = new XmlReader(source);
  const root = await xml.next();
  if (root?.type !== "start" || root.name !== "VTKFile")
    throw new DataError("it does not start with <VTKFile>");
  const type = root.attributes.get("type") ?? "";
  const reader = new XmlArrayReader(source, encodingOf(root.attributes));
  const pieces: XmlPiece[] = [];
  let attributes: XmlAttributes = new Map();
  for (;;) {
    const tag = await xml.next();
    if (tag === undefined) break;
    if (tag.type === "end") continue;
    const piece = pieces.at(-1);
    if (tag.name === type) attributes = tag.attributes;
    else if (tag.name === "Piece") pieces.push(new XmlPiece(type, tag.attributes));
    else if (tag.name === "AppendedData") {
      await readAppended(source, tag, pieces, reader, warnings);
      return { type, attributes, pieces };
    } else if (tag.name === "DataArray") await readInline(xml, piece?.add(tag.attributes), reader, warnings);
    else if (!piece?.begin(tag.name, tag.attributes)) await xml.skipElement();
  }
  if (xml.depth > 0)
    throw new DataError("the file ends before </VTKFile>: it is cut off; copy the file again");
  return { type, attributes, pieces };
}

/** @throws DataError for an unknown compressor */
function encodingOf(attributes: XmlAttributes): XmlEncoding {
  const compressor = attributes.get("compressor");
  return {
    bigEndian: attributes.get("byte_order") === "BigEndian",
    headerBytes: attributes.get("header_type") === "UInt64" ? 8 : 4,
    decompress: compressor ? decompressorOf(compressor) : undefined,
  };
}

async function readInline(
  xml: XmlReader,
  array: XmlArray | undefined,
  reader: XmlArrayReader,
  warnings: string[],
): Promise<void> {
  // An empty element has no text of its own: what follows is that of others.
  if (array !== undefined && array.format !== "appended" && !xml.isEmptyElement)
    await array.read(reader, true, warnings);
  await xml.skipElement();
}

async function readAppended(
  source: FileSource,
  tag: XmlStartTag,
  pieces: readonly XmlPiece[],
  reader: XmlArrayReader,
  warnings: string[],
): Promise<void> {
  const isEncoded = tag.attributes.get("encoding") === "base64";
  await skipToData(source);
  const start = source.offset;
  const arrays = pieces.flatMap((piece) => piece.arrays()).filter(({ format }) => format === "appended");
  arrays.sort((a, b) => a.offset - b.offset);
  let previous: XmlArray | undefined;
  for (const array of arrays) {
    // Arrays can share their data.
    if (array.offset === previous?.offset) array.values = previous.values;
    else {
      const distance = start + array.offset - source.offset;
      if (!(distance >= 0))
        throw new DataError(`the offset of the array ${quote(array.name)} is not valid: the file is damaged`);
      await source.skip(distance);
      await array.read(reader, isEncoded, warnings);
    }
    previous = array;
  }
}

/** Advances to the first byte after the underscore that precedes the data. @throws DataError */
async function skipToData(source: FileSource): Promise<void> {
  for (;;) {
    const { window } = source;
    let at = 0;
    while (at < window.length && (window[at] ?? 0) <= SPACE) at += 1;
    source.consume(at);
    if (at < window.length || source.isAtEnd) break;
    await source.fill();
  }
  if (source.window[0] !== UNDERSCORE)
    throw new DataError("the appended data does not start with an underscore");
  source.consume(1);
}
