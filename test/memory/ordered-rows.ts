import { expect } from "bun:test";
import type { EventQueue } from "../../src/memory/event-queue.ts";
import { nextTurn } from "./changing-frames.ts";

/** Takes `count` rows of each of two senders, who tag theirs at 1 and count them at 6: each once, and in its order. */
export async function takeInOrder(queue: EventQueue, count: number): Promise<void> {
  const next = [0, 0];
  for (let received = 0; received < 2 * count; ) {
    const row = queue.dequeue();
    if (row === null) {
      await nextTurn();
      continue;
    }
    const tag = row[1] ?? -1;
    expect(row[6]).toBe(next[tag] ?? -1);
    next[tag] = (next[tag] ?? 0) + 1;
    received++;
  }
}
