import { readFileSync } from "node:fs";
import type { BasisModule } from "three/examples/jsm/libs/basis/basis_transcoder.js";
import wasmPath from "three/examples/jsm/libs/basis/basis_transcoder.wasm" with { type: "file" };
import { checkImageSize, type RgbaImage } from "./rgba-image.ts";

const KTX2_MAGIC = [0xab, 0x4b, 0x54, 0x58, 0x20, 0x32, 0x30, 0xbb];
/** basist::transcoder_texture_format::cTFRGBA32. A block-compressed target would save nothing on a software driver. */
const RGBA32 = 13;

let module: Promise<BasisModule> | undefined;

export function isKtx2(bytes: Uint8Array): boolean {
  return KTX2_MAGIC.every((value, i) => bytes[i] === value);
}

/**
 * Decodes a KTX2 image in Basis Universal's ETC1S or UASTC (KHR_texture_basisu) with Binomial's transcoder.
 *
 * @throws Error with a message for people
 */
export async function decodeKtx2(bytes: Uint8Array): Promise<RgbaImage> {
  module ??= instantiate();
  const file = new (await module).KTX2File(bytes);
  try {
    if (!file.isValid() || file.isHDR()) {
      throw new Error("it is KTX2, of which only ETC1S and UASTC can be read, or it is damaged");
    }
    const width = file.getWidth();
    const height = file.getHeight();
    checkImageSize("KTX2 image", width, height);
    const data = new Uint8Array(width * height * 4);
    const fits =
      file.startTranscoding() && file.getImageTranscodedSizeInBytes(0, 0, 0, RGBA32) === data.length;
    if (!fits || !file.transcodeImage(data, 0, 0, 0, RGBA32, 0, -1, -1)) {
      throw new Error("the KTX2 image is damaged or cut off");
    }
    return { data, width, height };
  } finally {
    file.close();
    file.delete();
  }
}

async function instantiate(): Promise<BasisModule> {
  const { default: create } = await import("three/examples/jsm/libs/basis/basis_transcoder.js");
  const basis = await create({ wasmBinary: new Uint8Array(readFileSync(wasmPath)) });
  basis.initializeBasis();
  return basis;
}
