import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { decodeJpeg } from "../../src/native/jpeg.ts";
import { startServer } from "../../src/page-server.ts";
import type { ScenecastServer } from "../../src/server/server.ts";
import { FuryProgram, whyNoNumpy } from "../interop/fury-program.ts";
import { eventually, MjpegClient, SocketClient } from "./clients.ts";

const skipReason = whyNoNumpy();

describe.skipIf(skipReason !== "")(
  `a FURY program in Python${skipReason && ` (skipped: ${skipReason})`}`,
  () => {
    let server: ScenecastServer;

    beforeEach(async () => {
      server = await startServer({ port: 0 });
    });

    afterEach(async () => {
      await server.stop();
    });

    test("frames of a FURY program are served without tearing", async () => {
      await using producer = await FuryProgram.startNumpyProducer([
        ...["--mode", "solid", "--size", "640x480", "--fps", "120", "--poll-ms", "0"],
      ]);
      server.attach(producer.names);
      const client = await MjpegClient.open(server.url);
      const greys = new Set<number>();
      for (let frame = 0; frame < 40; frame++) {
        const { data } = decodeJpeg((await client.next())?.body ?? new Uint8Array());
        const first = data[0] ?? 0;
        let maxDifference = 0;
        for (let i = 0; i < data.length; i += 4)
          maxDifference = Math.max(maxDifference, Math.abs((data[i] ?? 0) - first));
        expect(maxDifference).toBeLessThan(3);
        greys.add(first);
      }
      expect(greys.size).toBeGreaterThan(5);
      client.close();
    }, 60_000);

    test("a FURY program gets FURY's events once each and in order, and no event on which it would raise an exception", async () => {
      await using producer = await FuryProgram.startNumpyProducer([
        ...["--mode", "silent", "--size", "64x48", "--queue", "5"],
      ]);
      server.attach(producer.names);
      using queue = producer.attachQueue();
      const socket = await SocketClient.open(server.url);
      socket.send({ event_type: "resize", width: 64, height: 48, pixel_ratio: 1 });
      socket.send({ event_type: "key_down", key: "r", time_stamp: 1 });
      for (let i = 0; i < 50; i++) {
        const on = i % 2 === 0 ? 1 : 0;
        const position = { x: 0.5, y: 0.25, ctrlKey: 0, shiftKey: 1, timestampInMs: i };
        socket.send({ type: "mouseLeftClick", on, mouseButton: 0, ...position });
      }
      await socket.settle();
      await eventually(
        () => server.state.events.pending === 0 && queue.isEmpty,
        "the producer has dequeued all events",
      );
      const report = await producer.stop();
      expect(report).toMatchObject({ events: 50, ids: [3, 4] });
      expect(report.first_rows.slice(0, 2)).toEqual([
        [3, 0, 0.5, 0.25, 0, 1, 0, 0],
        [4, 0, 0.5, 0.25, 0, 1, 1, 0],
      ]);
      socket.close();
    }, 60_000);
  },
);
