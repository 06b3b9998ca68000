import { z } from "zod";
import { DataError } from "../load-error.ts";

const count = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);

/** The header in JSON. Its matrix and dimensions are those of an image; positions do not need them. */
const HEADER = z.object({ NB_STREAMLINES: count, NB_VERTICES: count });

export interface TrxHeader {
  readonly streamlines: number;
  readonly points: number;
}

/** @throws DataError */
export function parseTrxHeader(text: string): TrxHeader {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new DataError("its header.json is not valid JSON", { cause: error });
  }
  const { success, data } = HEADER.safeParse(json);
  if (!success) throw new DataError("its header.json has no valid NB_STREAMLINES and NB_VERTICES");
  return { streamlines: data.NB_STREAMLINES, points: data.NB_VERTICES };
}
