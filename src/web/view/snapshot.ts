import { PATHS } from "../../protocol/paths.ts";
import type { ServerUrls } from "../connection/server-urls.ts";

/** Gets the picture of now as PNG and has the browser save it. Throws an Error with a sentence for the person. */
export async function downloadSnapshot(addresses: ServerUrls, title: string): Promise<void> {
  let response: Response;
  try {
    response = await fetch(addresses.http(PATHS.snapshotPng), { cache: "no-store" });
  } catch {
    throw new Error("No snapshot: the server does not answer.");
  }
  if (!response.ok) throw new Error(await refusal(response));
  const url = URL.createObjectURL(await response.blob());
  const link = document.createElement("a");
  link.href = url;
  link.download = snapshotName(title, new Date());
  link.click();
  // The browser reads the blob after the click; a minute is plenty.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

/** The server's own sentence; something in its place where a proxy answers with a page of its own. */
async function refusal(response: Response): Promise<string> {
  const isSentence = response.headers.get("content-type")?.startsWith("text/plain") === true;
  const text = isSentence ? (await response.text()).trim() : "";
  if (text !== "" && text.length < 300) return text;
  return `No snapshot: the server answered ${response.status}. Try again in a moment.`;
}

/** Fetches the current frame as JPEG and decodes it. @throws Error if the server has none or does not answer */
export async function fetchCurrentFrame(addresses: ServerUrls, signal: AbortSignal): Promise<ImageBitmap> {
  const response = await fetch(addresses.http(PATHS.snapshotJpeg), { cache: "no-store", signal });
  if (!response.ok) throw new Error(`The server answered ${response.status}.`);
  return createImageBitmap(await response.blob());
}

/** For example `scenecast-bunny-20261123-094502.png`: local time, and only characters that every file system takes. */
export function snapshotName(title: string, time: Date): string {
  const two = (value: number) => String(value).padStart(2, "0");
  const day = `${time.getFullYear()}${two(time.getMonth() + 1)}${two(time.getDate())}`;
  const clock = `${two(time.getHours())}${two(time.getMinutes())}${two(time.getSeconds())}`;
  const name = title
    .replace(/\.[A-Za-z0-9]{1,5}$/, "")
    .replace(/[^\p{L}\p{N}]+/gu, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, 60);
  return ["scenecast", ...(name === "" || name === "scenecast" ? [] : [name]), day, clock]
    .join("-")
    .concat(".png");
}
