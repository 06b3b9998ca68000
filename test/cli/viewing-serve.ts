import { decodeJpeg } from "../../src/native/jpeg.ts";
import type { RendererStatus } from "../../src/protocol/server-messages.ts";
import type { SegmentNames } from "../../src/server/renderer/renderer-link.ts";
import type { MjpegClient } from "../server/clients.ts";
import { decodePng } from "../support/images.ts";
import { RunningScenecast } from "../support/scenecast.ts";

/** The parts of `/state` that these tests use. */
export interface ServeState {
  uptimeSeconds: number;
  renderer: RendererStatus & { reason?: string };
  frame: { width: number; height: number } | null;
  events: { accepted: number; pending: number };
}

/** Starts `serve --names -`, with a pipe as standard input. */
export function serveNames(): Promise<RunningScenecast> {
  return RunningScenecast.start(["serve", "--names", "-"], { stdin: "pipe" });
}

/** Segment names as options of `serve`. */
export function segmentOptions(names: SegmentNames): string[] {
  const { queue_buffer_name, queue_head_tail_buffer_name } = names;
  return [
    ...["--image-buffers", names.image_buffer_names.join(","), "--info-buffer", names.info_buffer_name],
    ...(queue_buffer_name ? ["--queue-buffer", queue_buffer_name] : []),
    ...(queue_head_tail_buffer_name ? ["--queue-head-tail", queue_head_tail_buffer_name] : []),
  ];
}

/** FURY's message of a press (1) or release (0) of the left button in the middle of the view. */
export function leftClick(on: number, timestampInMs: number): object {
  return {
    type: "mouseLeftClick",
    on,
    mouseButton: 0,
    x: 0.5,
    y: 0.5,
    ctrlKey: 0,
    shiftKey: 0,
    timestampInMs,
  };
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
