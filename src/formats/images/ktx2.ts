import { readFileSync } from "node:fs";
import type { BasisModule } from "three/examples/jsm/libs/basis/basis_transcoder.js";
import wasmPath from "three/examples/jsm/libs/basis/basis_transcoder.wasm" with { type: "file" };
import { startsWith } from "../starts-with.ts";
import type { ImageFormat } from "./image-format.ts";
import { checkImageSize, type RgbaImage } from "./rgba-image.ts";

export const ktx2: ImageFormat = {
  name: "KTX2",
  detect: (bytes) => startsWith(bytes, "\xabKTX 20\xbb"),
  decode: decodeKtx2,
};

/** basist::transcoder_texture_format::cTFRGBA32. A block-compressed target would save nothing on a software driver. */
const RGBA32 = 13;

let module: Promise<BasisModule> | undefined;

/** Decodes Basis Universal's ETC1S or UASTC (glTF's KHR_texture_basisu) with Binomial's transcoder. */
async function decodeKtx2(bytes: Uint8Array): Promise<RgbaImage> {
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
