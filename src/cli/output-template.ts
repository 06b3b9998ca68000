import { basename } from "node:path";
import { CommandError } from "./errors.ts";

/** {model}: the name of the file without its extension. {n}, {n:4}: the number of the picture, with leading zeros. */
const MODEL = "{model}";
const NUMBER = /\{n(?::(\d{1,2}))?\}/g;

/** Whether the name of an output file requests a picture of each file. */
export function namesModel(output: string): boolean {
  return output.includes(MODEL);
}

/**
 * Checks that each picture gets a name of its own.
 *
 * @param sequence the option that requests numbered pictures
 * @throws CommandError
 */
export function checkTemplate(
  output: string,
  { sequence, files }: { readonly sequence: string | undefined; readonly files: number },
): void {
  const isNumbered = output.search(NUMBER) >= 0;
  if (sequence !== undefined && !isNumbered) {
    throw new CommandError(
      `${sequence} writes several pictures: put {n} into the name of the output, for example picture-{n}.png.`,
      2,
    );
  }
  if (sequence === undefined && isNumbered) {
    throw new CommandError(
      "{n} in the name of the output is the number of a picture of --turntable or --all-times.",
      2,
    );
  }
  if (namesModel(output) && files === 0)
    throw new CommandError("{model} stands for the name of a file: give one.", 2);
}

/** Returns the path of a picture. @param n its number, from 0 */
export function expandTemplate(
  output: string,
  { model, n, count }: { readonly model: string; readonly n: number; readonly count: number },
): string {
  const digits = String(count - 1).length;
  return output
    .replace(NUMBER, (_, width?: string) =>
      String(n).padStart(width === undefined ? digits : Number(width), "0"),
    )
    .replaceAll(MODEL, () => model);
}

/** The name of a file without its folder and extensions: "bundle" for bundle.trk.gz. */
export function modelName(path: string): string {
  return basename(path).replace(/(?<=.)\.[^.]+(\.gz)?$/i, "");
}
