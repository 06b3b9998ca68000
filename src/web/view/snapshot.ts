import { PATHS, QUERY } from "../../protocol/paths.ts";
import type { ServerUrls } from "../connection/server-urls.ts";
import { download, fileNameOf } from "./download.ts";

/** Downloads the current frame as a PNG file. @throws Error with a message for the person */
export async function downloadSnapshot(urls: ServerUrls, title: string): Promise<void> {
  let response: Response;
  try {
    response = await fetch(urls.http(PATHS.snapshotPng), { cache: "no-store" });
  } catch {
    throw new Error("Cannot save a snapshot: the server does not respond.");
  }
  if (!response.ok) throw new Error(await errorText(response));
  download(await response.blob(), snapshotName(title, new Date(), "png"));
}

/** The server's error in plain text, or a message of our own if a proxy responded with an HTML page. */
async function errorText(response: Response): Promise<string> {
  const isPlainText = response.headers.get("content-type")?.startsWith("text/plain") === true;
  const text = isPlainText ? (await response.text()).trim() : "";
  if (text !== "" && text.length < 300) return text;
  return `Cannot save a snapshot: the server responded ${response.status}. Try again in a moment.`;
}

/** Fetches the newest frame as JPEG, complete or not, and decodes it. @throws Error if the server has none or does not respond */
export async function fetchCurrentFrame(urls: ServerUrls, signal: AbortSignal): Promise<ImageBitmap> {
  const response = await fetch(urls.http(PATHS.snapshotJpeg, { [QUERY.partial]: "1" }), {
    cache: "no-store",
    signal,
  });
  if (!response.ok) throw new Error(`The server responded ${response.status}.`);
  return createImageBitmap(await response.blob());
}

/** File name of a picture or film: `scenecast-bunny-20261123-094502.png`. Local time, and characters valid on every file system. */
export function snapshotName(title: string, time: Date, extension: string): string {
  const twoDigits = (value: number) => String(value).padStart(2, "0");
  const day = `${time.getFullYear()}${twoDigits(time.getMonth() + 1)}${twoDigits(time.getDate())}`;
  const timeOfDay = `${twoDigits(time.getHours())}${twoDigits(time.getMinutes())}${twoDigits(time.getSeconds())}`;
  const name = fileNameOf(title);
  return `${["scenecast", ...(name === "" ? [] : [name]), day, timeOfDay].join("-")}.${extension}`;
}
