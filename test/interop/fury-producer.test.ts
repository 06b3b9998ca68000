import { expect, setDefaultTimeout, test } from "bun:test";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { SharedMemCircularQueue } from "../../src/memory/shared-mem-circular-queue.ts";
import { SharedMemImageBufferManager } from "../../src/memory/shared-mem-image-buffer-manager.ts";
import { leftOver } from "../memory/segments.ts";
import { readLines } from "./fury-peer.ts";

setDefaultTimeout(60_000);

const PYTHON = "/usr/bin/python3";
const producer = fileURLToPath(new URL("../../../shared/tools/fury_producer.py", import.meta.url));

function canRun(): boolean {
  const missing = !existsSync(producer)
    ? "../shared/tools/fury_producer.py is not there"
    : Bun.spawnSync([PYTHON, "-c", "import numpy"]).exitCode !== 0 && "python3-numpy is not installed";
  if (missing) console.error(`skipped: frames and events of FURY's stand-in producer, because ${missing}`);
  return !missing;
}

interface Report {
  frames: number;
  events: number;
  ids: number[];
  first_rows: number[][];
}

test.skipIf(!canRun())(
  "1080p at 60 fps from a numpy producer: no frame is torn, and bursts of ten queues arrive once each",
  async () => {
    const args = ["--size", "1920x1080", "--mode", "solid", "--queue", "20", "--seconds", "30"];
    const child = Bun.spawn([PYTHON, producer, ...args], { stdout: "pipe", stderr: "inherit" });
    using stack = new DisposableStack();
    stack.defer(() => child.kill("SIGTERM"));
    const output = readLines(child.stdout);
    const names = JSON.parse((await output.next()).value ?? "");
    using reader = new SharedMemImageBufferManager({
      imageBufferNames: names.image_buffer_names,
      infoBufferName: names.info_buffer_name,
    });
    using queue = new SharedMemCircularQueue({
      bufferName: names.queue_buffer_name,
      headTailBufferName: names.queue_head_tail_buffer_name,
    });

    const sharp = Promise.withResolvers<void>();
    let frames = 0;
    const watch = reader.watchFrames(() => {
      const frame = reader.getCurrentFrame();
      if (!frame) return;
      if (!Buffer.alloc(frame.data.length, frame.data[0]).equals(frame.data)) {
        sharp.reject(new Error(`frame ${frames} is torn`));
      }
      if (++frames === 100) sharp.resolve();
    });

    const rows = Array.from({ length: 200 }, (_, index) => [
      3 + (index % 2),
      0,
      0.5,
      0.5,
      0,
      0,
      Date.now(),
      0,
    ]);
    for (let sent = 0; sent < rows.length; ) {
      const taken = queue.feeder.offer(rows.slice(sent));
      sent += taken;
      if (taken === 0) await Bun.sleep(1);
    }
    await sharp.promise;
    while (!queue.isEmpty) await Bun.sleep(1);
    watch.close();

    child.kill("SIGTERM");
    const report = JSON.parse((await output.next()).value ?? "") as Report;
    await child.exited;
    expect(report).toMatchObject({ events: 200, ids: [3, 4] });
    expect(report.first_rows).toEqual(rows.slice(0, 5));
    const segments = [names.image_buffer_names, names.info_buffer_name, Object.values(queue.names)].flat();
    expect(leftOver(segments)).toEqual([]);
  },
);
