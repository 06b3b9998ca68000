import { promisify } from "node:util";
import { brotliCompress, gzip, zstdCompress } from "node:zlib";

/** Content codings, smallest result first. */
const CODINGS = ["br", "zstd", "gzip"] as const;
type Coding = (typeof CODINGS)[number];

const COMPRESS: Readonly<Record<Coding, (text: string) => Promise<Uint8Array>>> = {
  br: promisify(brotliCompress),
  zstd: promisify(zstdCompress),
  gzip: promisify(gzip),
};

/** Text compressed with each content coding, once and on first use, on zlib's threads. */
export class CompressedText {
  readonly #text: string;
  readonly #compressed = new Map<Coding, Promise<Uint8Array>>();

  constructor(text: string) {
    this.#text = text;
  }

  /** The body for this Accept-Encoding, and its headers. */
  async bodyFor(acceptEncoding: string | null): Promise<{
    body: string | Uint8Array<ArrayBuffer>;
    headers: Record<string, string>;
  }> {
    const coding = CODINGS.find((each) => accepts(acceptEncoding ?? "", each));
    const vary = { Vary: "Accept-Encoding" };
    if (coding === undefined) return { body: this.#text, headers: vary };
    let compressed = this.#compressed.get(coding);
    if (compressed === undefined) {
      compressed = COMPRESS[coding](this.#text);
      this.#compressed.set(coding, compressed);
    }
    return { body: new Uint8Array(await compressed), headers: { ...vary, "Content-Encoding": coding } };
  }
}

/** Whether an Accept-Encoding lists this coding with a quality other than 0 (RFC 9110, 12.5.3). */
function accepts(header: string, coding: Coding): boolean {
  return header.split(",").some((part) => {
    const [name = "", ...parameters] = part.split(";").map((text) => text.trim().toLowerCase());
    return name === coding && !parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter));
  });
}
