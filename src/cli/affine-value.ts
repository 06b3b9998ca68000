import { readFileSync, statSync } from "node:fs";
import { InvalidArgumentError } from "commander";
import { describeSystemError } from "../formats/load-error.ts";
import { type Affine, isInvertible } from "../formats/volume/affine.ts";

/** Maximum size of a file with a matrix, bytes: 16 numbers of 25 characters and some comments. */
const MAX_BYTES = 65_536;

/**
 * Parses a row-major 3x4 or 4x4 matrix.
 *
 * @param text 12 or 16 numbers, separated by commas or spaces, or the path of a file with them in rows, as `numpy.savetxt` and FSL write
 * it; lines that start with # are comments
 * @returns 16 numbers
 * @throws InvalidArgumentError
 */
export function parseAffine(text: string): Affine {
  const numbers = numbersOf(text) ?? numbersOf(readText(text));
  if (numbers === undefined) throw new InvalidArgumentError("The file is not text with 12 or 16 numbers.");
  if (numbers.length !== 12 && numbers.length !== 16) {
    throw new InvalidArgumentError(`A matrix has 12 or 16 numbers, not ${numbers.length}.`);
  }
  if (numbers.length === 16 && numbers.slice(12).some((value, i) => value !== (i === 3 ? 1 : 0))) {
    throw new InvalidArgumentError("The last of its four rows must be 0 0 0 1.");
  }
  const affine = [...numbers.slice(0, 12), 0, 0, 0, 1];
  if (isInvertible(affine)) return affine;
  throw new InvalidArgumentError("The matrix must be invertible: its first three columns are voxel steps.");
}

/** @returns undefined if there is something other than numbers */
function numbersOf(text: string): number[] | undefined {
  const words = text
    .replace(/#.*$/gm, "")
    .split(/[\s,;[\]]+/)
    .filter((word) => word !== "");
  const numbers = words.map(Number);
  return numbers.length > 0 && numbers.every(Number.isFinite) ? numbers : undefined;
}

function readText(path: string): string {
  try {
    const stats = statSync(path);
    if (!stats.isFile() || stats.size > MAX_BYTES) {
      throw new InvalidArgumentError(`It is neither numbers nor a text file below ${MAX_BYTES / 1024} kB.`);
    }
    return readFileSync(path, "utf8");
  } catch (error) {
    if (error instanceof InvalidArgumentError) throw error;
    throw new InvalidArgumentError(
      `It is not 12 or 16 numbers, and as a file it cannot be read: ${describeSystemError(error)}.`,
    );
  }
}
