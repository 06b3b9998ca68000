import type { FileSource } from "../file-source.ts";
import { DataError } from "../load-error.ts";

/** @throws DataError if the file is compressed: its frames are read at their offsets when they are shown */
export function checkTrajectorySource({ isCompressed }: FileSource): void {
  if (isCompressed)
    throw new DataError(
      "it is compressed with gzip, so that its frames cannot be read singly; decompress it",
    );
}
