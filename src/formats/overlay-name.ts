import { basename } from "node:path";

/** The name of the values of a file that does not name them: that of the file, without ".gz". */
export function overlayName(path: string): string {
  return basename(path).replace(/\.gz$/i, "");
}
