import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { fileURLToPath } from "node:url";
import { SharedMemCircularQueue } from "../../src/fury/shared-mem-circular-queue.ts";
import { SharedMemImageBufferManager } from "../../src/fury/shared-mem-image-buffer-manager.ts";
import { EVENT } from "../../src/memory/event-ids.ts";
import { decodeJpeg } from "../../src/native/jpeg.ts";
import { SharedMemory } from "../../src/native/shared-memory.ts";
import { leftOver, pixels } from "../memory/segments.ts";
import { MjpegClient } from "../server/clients.ts";
import { RunningScenecast } from "../support/scenecast.ts";
import { FuryPeer, hasPython, PYTHON } from "./fury-peer.ts";
import { serveCommandFor } from "./fury-program.ts";
import { ViewerInput } from "./viewer-input.ts";

setDefaultTimeout(60_000);

/** Byte offset of event_capabilities in the info segment, see native/scenecast_memory.h. */
const CAPABILITIES_OFFSET = 4096 + 44;
const KEYS = 2;

/** Segments that scenecast created. */
class ScenecastSegments implements Disposable {
  readonly images = new SharedMemImageBufferManager({ maxWindowSize: [64, 48] });
  readonly queue = new SharedMemCircularQueue({ maxSize: 20 });

  get names() {
    return { ...this.images.names, ...this.queue.names };
  }

  get all(): string[] {
    return Object.values(this.names).flat();
  }

  get serveCommand(): string[] {
    return serveCommandFor(this.names);
  }

  [Symbol.dispose](): void {
    this.images.close();
    this.queue.cleanup();
  }
}

/** Waits until the client receives a frame of this grey. */
async function waitForGrey(client: MjpegClient, grey: number): Promise<void> {
  for (;;) {
    const part = await client.next();
    if (!part) throw new Error("the stream ended");
    if (Math.abs((decodeJpeg(part.body).data[0] ?? -100) - grey) < 3) return;
  }
}

const greyFrame = (grey: number) => new Uint8Array(64 * 48 * 3).fill(grey);

describe.skipIf(!hasPython())("scenecast segments attached by plain Python programs", () => {
  test("segments attached by Python are served with its frames, and it receives the events", async () => {
    using segments = new ScenecastSegments();
    await using peer = new FuryPeer();
    await peer.ask({ do: "attach_images", names: segments.images.names });
    await peer.ask({ do: "attach_queue", names: segments.queue.names });
    await using app = await RunningScenecast.start(segments.serveCommand);
    const client = await MjpegClient.open(app.url);
    for (const grey of [40, 90, 140, 190]) {
      await peer.ask({
        do: "write",
        width: 64,
        height: 48,
        pixels: Buffer.from(greyFrame(grey)).toString("hex"),
      });
      await waitForGrey(client, grey);
    }
    client.close();
    using input = await ViewerInput.open(app);
    const received = peer.ask<{ rows: number[][] }>({ do: "take", count: 100, pause: 0.001 });
    for (let number = 1; number <= 100; number++) {
      input.send({ kind: number % 2 ? "press" : "release", button: 1, number });
    }
    expect((await received).rows.map(([id, , , , , , number]) => [id, number])).toEqual(
      Array.from({ length: 100 }, (_, index) => [5 + (index % 2), index + 1]),
    );
  });

  test("Python receives events beyond FURY's eight after it has declared the capabilities", async () => {
    using segments = new ScenecastSegments();
    await using peer = new FuryPeer();
    await peer.ask({ do: "attach_queue", names: segments.queue.names });
    await using app = await RunningScenecast.start(segments.serveCommand);
    using input = await ViewerInput.open(app);
    input.sendRaw({ event_type: "key_down", key: "a", time_stamp: 1 });
    await input.settle();
    using info = SharedMemory.attach(segments.images.infoBufferName);
    new DataView(info.buffer).setUint32(CAPABILITIES_OFFSET, KEYS, true);
    input.sendRaw({ event_type: "key_down", key: "b", time_stamp: 2 });
    input.sendRaw({ event_type: "double_click", button: 1, x: 1, y: 1, time_stamp: 3 });
    await input.sendBurst([{ kind: "release", button: 0, number: 4 }]);
    const { rows } = await peer.ask<{ rows: number[][] }>({ do: "take", count: 2, pause: 0.001 });
    expect(rows.map(([id, , , , , , time]) => [id, time])).toEqual([
      [EVENT.keyDown, 2000],
      [EVENT.leftRelease, 4],
    ]);
  });

  test("segments lose their names when a Python before 3.13 ends; attached programs continue, and attaching later fails with a reason", async () => {
    using segments = new ScenecastSegments();
    await using app = await RunningScenecast.start(segments.serveCommand);
    const client = await MjpegClient.open(app.url);
    segments.images.write(64, 48, greyFrame(50));
    await waitForGrey(client, 50);

    const reader = fileURLToPath(new URL("programs/naive_reader.py", import.meta.url));
    const python = Bun.spawn([PYTHON, reader, ...segments.all], { stdout: "pipe", stderr: "pipe" });
    // The resource tracker keeps standard error open until it has removed the names.
    await new Response(python.stderr).text();
    const keepsNames = Bun.spawnSync([
      PYTHON,
      "-c",
      "import sys; sys.exit(sys.version_info < (3, 13))",
    ]).success;
    expect(leftOver(segments.all)).toEqual(keepsNames ? segments.all : []);

    segments.images.write(64, 48, greyFrame(150));
    await waitForGrey(client, 150);
    client.close();
    using input = await ViewerInput.open(app);
    await input.sendBurst([{ kind: "press", button: 0, number: 7 }]);
    expect(segments.queue.dequeue()?.[6]).toBe(7);
    if (!keepsNames) {
      expect(() => SharedMemory.attach(segments.images.infoBufferName)).toThrow(
        "Python before 3.13 then removes it",
      );
    }
    segments.images.close();
    segments.queue.cleanup();
    expect(leftOver(segments.all)).toEqual([]);
  });

  test("segments keep their names if Python unregisters them from its resource tracker, and if it is killed", async () => {
    using segments = new ScenecastSegments();
    const peer = new FuryPeer();
    await peer.ask({ do: "attach_images", names: segments.images.names });
    await peer.ask({ do: "attach_queue", names: segments.queue.names });
    await peer.kill();
    expect(leftOver(segments.all)).toEqual(segments.all);
    segments.images.write(8, 8, pixels(8 * 8 * 3, 1));
    expect(segments.images.read()?.data).toEqual(pixels(8 * 8 * 3, 1));
  });
});
