import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { fileURLToPath } from "node:url";
import { SharedMemCircularQueue } from "../../src/fury/circular-queue.ts";
import { SharedMemImageBufferManager } from "../../src/fury/image-buffer-manager.ts";
import { EVENT } from "../../src/memory/event-row.ts";
import { decodeJpeg } from "../../src/native/jpeg.ts";
import { SharedMemory } from "../../src/native/shared-memory.ts";
import { leftOver, pixels } from "../memory/segments.ts";
import { MjpegClient } from "../server/clients.ts";
import { RunningScenecast } from "../support/scenecast.ts";
import { FuryPeer, hasPython, PYTHON } from "./fury-peer.ts";
import { serveCommandFor } from "./fury-program.ts";
import { ViewerInput } from "./viewer-input.ts";

setDefaultTimeout(60_000);

/** Offset of the word in the info segment that declares the event capabilities of the consumer (info-segment.ts), bytes. */
const CAPABILITIES_OFFSET = 4096 + 44;
const KEYS_BIT = 2;

/** Segments that this project creates. */
class OurSegments implements Disposable {
  readonly images = new SharedMemImageBufferManager({ maxWindowSize: [64, 48] });
  readonly queue = new SharedMemCircularQueue({ maxSize: 20 });

  get names() {
    return { ...this.images.names, ...this.queue.names };
  }

  get allNames(): string[] {
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

/** Waits for a frame of this grey. */
async function waitForGrey(client: MjpegClient, grey: number): Promise<void> {
  for (;;) {
    const part = await client.next();
    if (!part) throw new Error("The stream ended.");
    if (Math.abs((decodeJpeg(part.body).data[0] ?? -100) - grey) < 3) return;
  }
}

const frameOf = (grey: number) => new Uint8Array(64 * 48 * 3).fill(grey);

describe.skipIf(!hasPython())("our segments in an independent Python program", () => {
  test("segments attached by Python are served with its frames, and it receives the events", async () => {
    using ours = new OurSegments();
    await using peer = new FuryPeer();
    await peer.ask({ do: "attach_images", names: ours.images.names });
    await peer.ask({ do: "attach_queue", names: ours.queue.names });
    await using app = await RunningScenecast.start(ours.serveCommand);
    const client = await MjpegClient.open(app.url);
    for (const grey of [40, 90, 140, 190]) {
      await peer.ask({
        do: "write",
        width: 64,
        height: 48,
        pixels: Buffer.from(frameOf(grey)).toString("hex"),
      });
      await waitForGrey(client, grey);
    }
    client.close();
    using input = await ViewerInput.open(app);
    const dequeued = peer.ask<{ rows: number[][] }>({ do: "take", count: 100, pause: 0.001 });
    for (let number = 1; number <= 100; number++) {
      input.send({ kind: number % 2 ? "press" : "release", button: 1, number });
    }
    expect((await dequeued).rows.map(([id, , , , , , number]) => [id, number])).toEqual(
      Array.from({ length: 100 }, (_, index) => [5 + (index % 2), index + 1]),
    );
  });

  test("Python receives events beyond FURY's eight after it has declared the capabilities", async () => {
    using ours = new OurSegments();
    await using peer = new FuryPeer();
    await peer.ask({ do: "attach_queue", names: ours.queue.names });
    await using app = await RunningScenecast.start(ours.serveCommand);
    using input = await ViewerInput.open(app);
    input.sendRaw({ event_type: "key_down", key: "a", time_stamp: 1 });
    await input.settle();
    using info = SharedMemory.attach(ours.images.infoBufferName);
    new DataView(info.buffer).setUint32(CAPABILITIES_OFFSET, KEYS_BIT, true);
    input.sendRaw({ event_type: "key_down", key: "b", time_stamp: 2 });
    input.sendRaw({ event_type: "double_click", button: 1, x: 1, y: 1, time_stamp: 3 });
    await input.sendBurst([{ kind: "release", button: 0, number: 4 }]);
    const { rows } = await peer.ask<{ rows: number[][] }>({ do: "take", count: 2, pause: 0.001 });
    expect(rows.map(([id, , , , , , time]) => [id, time])).toEqual([
      [EVENT.keyDown, 2000],
      [EVENT.leftRelease, 4],
    ]);
  });

  test("a Python before 3.13 removes the names of segments when it ends; attached programs continue, and attaching later fails with the reason", async () => {
    using ours = new OurSegments();
    await using app = await RunningScenecast.start(ours.serveCommand);
    const client = await MjpegClient.open(app.url);
    ours.images.write(64, 48, frameOf(50));
    await waitForGrey(client, 50);

    const reader = fileURLToPath(new URL("programs/naive_reader.py", import.meta.url));
    const python = Bun.spawn([PYTHON, reader, ...ours.allNames], { stdout: "pipe", stderr: "pipe" });
    // Its tracker holds its standard error open, and ends after it has removed the names.
    await new Response(python.stderr).text();
    const isPython313 = Bun.spawnSync([
      PYTHON,
      "-c",
      "import sys; sys.exit(sys.version_info < (3, 13))",
    ]).success;
    expect(leftOver(ours.allNames)).toEqual(isPython313 ? ours.allNames : []);

    ours.images.write(64, 48, frameOf(150));
    await waitForGrey(client, 150);
    client.close();
    using input = await ViewerInput.open(app);
    await input.sendBurst([{ kind: "press", button: 0, number: 7 }]);
    expect(ours.queue.dequeue()?.[6]).toBe(7);
    if (!isPython313) {
      expect(() => SharedMemory.attach(ours.images.infoBufferName)).toThrow(
        "Python before 3.13 then removes it",
      );
    }
    ours.images.close();
    ours.queue.cleanup();
    expect(leftOver(ours.allNames)).toEqual([]);
  });

  test("segments keep their names if Python unregisters them from its resource tracker, and if it is killed", async () => {
    using ours = new OurSegments();
    const peer = new FuryPeer();
    await peer.ask({ do: "attach_images", names: ours.images.names });
    await peer.ask({ do: "attach_queue", names: ours.queue.names });
    await peer.kill();
    expect(leftOver(ours.allNames)).toEqual(ours.allNames);
    ours.images.write(8, 8, pixels(8 * 8 * 3, 1));
    expect(ours.images.read()?.data).toEqual(pixels(8 * 8 * 3, 1));
  });
});
