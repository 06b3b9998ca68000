import { decodeJpeg } from "../../src/native/jpeg.ts";
import type { RendererStatus } from "../../src/protocol/renderer-status.ts";
import type { MjpegClient } from "../server/clients.ts";
import { decodePng } from "../support/images.ts";
import type { RunningScenecast } from "../support/scenecast.ts";

/** The parts of `/state` that these tests use. */
export interface ServeState {
  uptimeSeconds: number;
  renderer: RendererStatus & { reason?: string };
  frame: { width: number; height: number } | null;
  events: { accepted: number; pending: number };
}

/** Waits until the renderer is in this state, and returns `/state`. */
export function inState(app: RunningScenecast, state: RendererStatus["state"]): Promise<ServeState> {
  return app.state<ServeState>(({ renderer }) => renderer.state === state);
}

/** Returns the grey value of a snapshot. */
export async function greyOf(app: RunningScenecast): Promise<number | undefined> {
  const response = await app.fetch("snapshot.png");
  if (response.status !== 200) throw new Error(`${response.status} ${await response.text()}`);
  return decodePng(await response.bytes()).data[0];
}

/** Reads an MJPEG stream until a frame with this grey value is received. Throws if the stream ends before. */
export async function untilGrey(client: MjpegClient, grey: number): Promise<void> {
  for (;;) {
    const part = await client.next();
    if (part === null) throw new Error(`The stream ended before a frame of grey ${grey}.`);
    if (Math.abs((decodeJpeg(part.body).data[0] ?? 0) - grey) < 3) return;
  }
}
