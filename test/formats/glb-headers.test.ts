import { expect, test } from "bun:test";
import { LoadError } from "../../src/formats/load-error.ts";
import { loadScene } from "../../src/scene/load-scene.ts";
import { sceneFiles } from "../scene/scene-files.ts";
import { glb, texturedQuad } from "./samples.ts";

const files = sceneFiles();

const JSON_CHUNK = 0x4e4f534a;
const BIN_CHUNK = 0x004e4942;
const { json, body } = texturedQuad();

interface Chunk {
  type: number;
  data: Uint8Array;
  /** Length in the chunk header; default: the actual length. */
  length?: number;
}

/** Builds a GLB of these chunks, optionally with wrong values in its header. */
function container(chunks: readonly Chunk[], head: { version?: number; length?: number } = {}): Uint8Array {
  const pieces = chunks.map(({ type, data, length = data.byteLength }) => {
    const bytes = Buffer.alloc(8 + data.byteLength);
    bytes.writeUInt32LE(length, 0);
    bytes.writeUInt32LE(type, 4);
    bytes.set(data, 8);
    return bytes;
  });
  const content = Buffer.concat(pieces);
  const header = Buffer.from("glTF\0\0\0\0\0\0\0\0", "latin1");
  header.writeUInt32LE(head.version ?? 2, 4);
  header.writeUInt32LE(head.length ?? 12 + content.byteLength, 8);
  return Buffer.concat([header, content]);
}

/** JSON padded to a multiple of 4 bytes. */
function paddedText(value: unknown, padding = " "): Uint8Array {
  const content = typeof value === "string" ? value : JSON.stringify(value);
  const bytes = Buffer.from(content);
  return Buffer.concat([bytes, Buffer.alloc((4 - (bytes.byteLength % 4)) % 4, padding)]);
}

const document: Chunk = { type: JSON_CHUNK, data: paddedText(json) };
const binary: Chunk = { type: BIN_CHUNK, data: body };
const unknownChunk: Chunk = { type: 0x21212121, data: new Uint8Array(8) };
const validGlb = container([document, binary]);
const truncatedTo = (length: number): Uint8Array => validGlb.subarray(0, length);
const buffers = (...list: object[]): Chunk => ({
  type: JSON_CHUNK,
  data: paddedText({ ...json, buffers: list }),
});

/** GLB containers like those in glTF-Validator's test/base/data/glb. A file without a reason is accepted. */
const CONTAINERS: readonly (readonly [name: string, file: Uint8Array, reason?: RegExp])[] = [
  ["without a defect", validGlb],
  ["built by glb()", glb({ json, body })],
  [
    "with a byte order mark in its JSON",
    container([{ type: JSON_CHUNK, data: paddedText(`\ufeff${JSON.stringify(json)}`) }, binary]),
  ],
  [
    "with JSON padded by NUL",
    container([{ type: JSON_CHUNK, data: paddedText({ ...json, x: "12" }, "\0") }, binary]),
  ],
  ["with an unknown chunk last", container([document, binary, unknownChunk])],
  ["with an unknown chunk between", container([document, unknownChunk, binary])],
  ["with two binary chunks", container([document, binary, { type: BIN_CHUNK, data: new Uint8Array(4) }])],
  ["with two JSON chunks", container([document, document, binary])],
  ["with trailing data", Buffer.concat([validGlb, Buffer.alloc(40, 7)])],
  [
    "with a body longer than its buffer",
    container([document, { type: BIN_CHUNK, data: Buffer.concat([body, new Uint8Array(64)]) }]),
  ],
  [
    "with a body that is not padded",
    container([document, { type: BIN_CHUNK, data: Buffer.concat([body, new Uint8Array(3)]) }]),
  ],
  [
    "with JSON that is not padded",
    container([{ type: JSON_CHUNK, data: Buffer.from(JSON.stringify({ ...json, extras: 1 })) }, binary]),
  ],
  ["without a body", container([document]), /buffer 0, which does not exist/],
  [
    "with an empty body",
    container([document, { type: BIN_CHUNK, data: new Uint8Array(0) }]),
    /buffer 0 has 0 bytes instead of/,
  ],
  [
    "with a truncated body",
    container([document, { type: BIN_CHUNK, data: body.subarray(0, 40) }]),
    /buffer 0 has 40 bytes instead of \d+: the file is cut off/,
  ],
  [
    "with two buffers and one body",
    container([buffers({ byteLength: body.byteLength }, { byteLength: 8 }), binary]),
  ],
  ["with a declared length of 0", container([document, binary], { length: 0 }), /the JSON chunk declares/],
  [
    "with a declared length below the file size",
    container([document, binary], { length: validGlb.byteLength - 4 }),
    /a chunk declares \d+ bytes, more than there are/,
  ],
  [
    "with a declared length above the file size",
    container([document, binary], { length: validGlb.byteLength + 4 }),
    /the header says .* it is cut off/,
  ],
  [
    "with a body whose declared length is too large",
    container([document, { ...binary, length: 1e9 }]),
    /a chunk declares 1000000000 bytes/,
  ],
  [
    "with JSON whose declared length is too large",
    container([{ ...document, length: 0xffffffff }, binary]),
    /the JSON chunk declares 4.3 GB, more than there is/,
  ],
  [
    "with JSON whose declared length is 0",
    container([{ ...document, length: 0 }, binary]),
    /a chunk declares \d+ bytes, more than there are/,
  ],
  ["with the body first", container([binary, document]), /the first chunk is not JSON/],
  ["with an unknown chunk first", container([unknownChunk, document, binary]), /the first chunk is not JSON/],
  ["with a JSON array", container([{ type: JSON_CHUNK, data: paddedText([]) }]), /it is not glTF/],
  ["with a JSON string", container([{ type: JSON_CHUNK, data: paddedText('"glTF"') }]), /it is not glTF/],
  ["with JSON null", container([{ type: JSON_CHUNK, data: paddedText("null") }]), /it is not glTF/],
  [
    "with malformed JSON",
    container([{ type: JSON_CHUNK, data: paddedText("{{{") }, binary]),
    /its JSON is damaged or cut off/,
  ],
  [
    "of glTF 1.0",
    container([document, binary], { version: 1 }),
    /this is glTF 1\.0 of 2015, .*gltf-pipeline/,
  ],
  ["of version 3", container([document, binary], { version: 3 }), /version 3 of glTF is not supported/],
  ["cut off in the magic", truncatedTo(3), /binary data|plain text/],
  ["cut off after the magic", truncatedTo(4), /cut off in its header/],
  ["cut off in the header", truncatedTo(11), /cut off in its header/],
  ["cut off after the header", truncatedTo(12), /cut off in its header/],
  ["cut off in the header of a chunk", truncatedTo(18), /cut off in its header/],
  ["cut off in its JSON", truncatedTo(60), /the header says .* it is cut off/],
  ["cut off in its body", truncatedTo(validGlb.byteLength - 1), /the header says .* it is cut off/],
];

for (const [name, file, reason] of CONTAINERS) {
  test(`a GLB ${name} is ${reason === undefined ? "accepted" : "refused with a one-line message"}`, async () => {
    const path = files.write("head.glb", file);
    const outcome = await loadScene(path).catch((error: unknown) => error);
    if (reason === undefined) {
      expect(outcome).toMatchObject({ counts: { triangles: 2 }, warnings: [] });
      return;
    }
    expect(outcome).toBeInstanceOf(LoadError);
    const { message } = outcome as LoadError;
    expect(message).toMatch(reason);
    expect(message).not.toMatch(/\n|undefined|NaN|THREE|JSON Parse/);
  });
}
