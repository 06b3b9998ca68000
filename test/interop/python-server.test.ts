import { expect, setDefaultTimeout, test } from "bun:test";
import { Mesh, MeshBasicMaterial, SphereGeometry } from "three";
import { FuryStreamClient, FuryStreamInteraction } from "../../src/fury/fury-stream.ts";
import { ShowManager } from "../../src/scene/show-manager.ts";
import { leftOver } from "../memory/segments.ts";
import { eventually } from "../server/clients.ts";
import { FuryPeer, hasPython } from "./fury-peer.ts";

setDefaultTimeout(60_000);

const SIZE = [90, 60] as const;

/** A red sphere above a blue one on a black background. */
function twoSpheres(): ShowManager {
  const show = new ShowManager({ size: SIZE, background: "#000000" });
  for (const [y, color] of [
    [1, "#f00"],
    [-1, "#00f"],
  ] as const) {
    const sphere = new Mesh(new SphereGeometry(0.5), new MeshBasicMaterial({ color }));
    sphere.position.y = y;
    show.add(sphere);
  }
  show.frameScene();
  return show;
}

/** Sum of one color channel in the lower and in the upper half of a frame with its rows from the bottom. */
function halves(pixels: Uint8Array, component: 0 | 2): { lower: number; upper: number } {
  const middle = pixels.length / 2;
  const sum = (from: number, to: number) => {
    let total = 0;
    for (let i = from + component; i < to; i += 3) total += pixels[i] ?? 0;
    return total;
  };
  return { lower: sum(0, middle), upper: sum(middle, pixels.length) };
}

test.skipIf(!hasPython())(
  "an independent Python server, like FURY's own, reads frames of our show and steers it",
  async () => {
    await using peer = new FuryPeer();
    using show = twoSpheres();
    using client = new FuryStreamClient(show, { useRawArray: false });
    using interaction = new FuryStreamInteraction(show, {
      useRawArray: false,
      maxQueueSize: 20,
    });
    client.start();
    interaction.start();
    const names = { ...client.imageBufferManager.names, ...interaction.circularQueue.names };
    await peer.ask({ do: "attach_images", names });
    await peer.ask({ do: "attach_queue", names });

    const read = async () => {
      const { width, height, pixels } = await peer.ask<{ width: number; height: number; pixels: string }>({
        do: "read",
      });
      expect([width, height]).toEqual([...SIZE]);
      return new Uint8Array(Buffer.from(pixels, "hex"));
    };
    const before = await read();
    expect(before).toEqual(client.imageBufferManager.read()?.data ?? new Uint8Array());
    const [red, blue] = [halves(before, 0), halves(before, 2)];
    expect(red.upper).toBeGreaterThan(1000);
    expect(blue.lower).toBeGreaterThan(1000);
    expect([red.lower, blue.upper]).toEqual([0, 0]);

    const drag = [3, 2, 2, 4].map((id, step) => [id, 0, 0.5, 0.25 + Math.min(step, 2) / 4, 0, 0, step, 0]);
    const { taken: accepted } = await peer.ask<{ taken: boolean[] }>({ do: "put", rows: drag });
    expect(accepted).toEqual([true, true, true, true]);
    await eventually(() => interaction.applied === drag.length, "the drag is applied");
    const after = await read();
    expect(after).not.toEqual(before);
    expect(after).toEqual(client.imageBufferManager.read()?.data ?? new Uint8Array());

    await peer.ask({ do: "put", rows: [[1, 200, 0, 0, 0, 0, 9, 0]] });
    await eventually(() => interaction.applied === drag.length + 1, "the wheel is applied");
    expect(await read()).not.toEqual(after);
    interaction.cleanup();
    client.cleanup();
    expect(leftOver(Object.values(names).flat())).toEqual([]);
  },
);
