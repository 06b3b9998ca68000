import type { FileSource } from "../file-source.ts";
import { DataError } from "../load-error.ts";
import type { VoxelSource } from "../volume/voxel-source.ts";

const SPACE = 32;

/** Decodes two hexadecimal digits a byte; white space is ignored. */
export function hexadecimal(source: FileSource): VoxelSource {
  return {
    get availableBytes() {
      return Math.ceil((source.maxBytes - source.offset) / 2);
    },
    readInto: async (target) => {
      let [digits, high] = [0, 0];
      while (digits < 2 * target.length) {
        if (source.window.length === 0) {
          if (source.isAtEnd) break;
          await source.fill();
        }
        let used = 0;
        for (; used < source.window.length && digits < 2 * target.length; used += 1) {
          const byte = source.window[used] ?? 0;
          if (byte <= SPACE) continue;
          const digit = Number.parseInt(String.fromCharCode(byte), 16);
          if (Number.isNaN(digit))
            throw new DataError(`byte ${source.offset + used} is not a hexadecimal digit`);
          if (digits % 2 === 0) high = digit;
          else target[(digits - 1) / 2] = 16 * high + digit;
          digits += 1;
        }
        source.consume(used);
      }
      return Math.floor(digits / 2);
    },
  };
}
