import { SharedMemCircularQueue } from "../../src/fury/circular-queue.ts";
import { SharedMemImageBufferManager } from "../../src/fury/image-buffer-manager.ts";
import { decodeEvent, type SceneEvent } from "../../src/memory/event-row.ts";
import type { WrittenFrameMetadata } from "../../src/memory/extension-blocks.ts";
import { Signal } from "../support/signal.ts";

export type Color = readonly [red: number, green: number, blue: number];

export const RED: Color = [220, 30, 30];
export const GREEN: Color = [30, 200, 30];
const WHITE: Color = [255, 255, 255];
export const BLUE: Color = [30, 30, 220];

/** The member of the union that has this type; one member can have several types. */
type EventOf<E, T> = E extends { type: infer U } ? (T extends U ? E : never) : never;

/** A simulated renderer: writes frames into shared memory and reads every event from its queue. */
export class PatternRenderer implements Disposable {
  readonly images: SharedMemImageBufferManager;
  readonly queue = new SharedMemCircularQueue({ maxSize: 500 });
  /** All events so far, oldest first. */
  readonly events: SceneEvent[] = [];
  readonly #watch: { close(): void };
  readonly #eventsRead = new Signal();
  /** Whether it stops reading events, like a renderer that hangs. */
  #isHanging = false;

  constructor(options: { acceptsAllEvents?: boolean } = {}) {
    const { acceptsAllEvents = true } = options;
    this.images = new SharedMemImageBufferManager({ maxWindowSize: [1280, 960], pixelFormat: "rgba" });
    this.images.eventCapabilities = {
      resize: acceptsAllEvents,
      keys: acceptsAllEvents,
      doubleClick: acceptsAllEvents,
    };
    this.#watch = this.images.watchRenderer(() => this.#drain());
  }

  get names() {
    return { ...this.images.names, ...this.queue.names };
  }

  /** Writes a frame of one color with a top left quarter in another (white), which shows the orientation. */
  draw(
    color: Color,
    [width, height]: readonly [number, number] = [640, 360],
    { topLeft: corner = WHITE, ...meta }: WrittenFrameMetadata & { topLeft?: Color } = {},
  ): void {
    const pixels = new Uint8Array(width * height * 4);
    for (let row = 0; row < height; row++) {
      for (let column = 0; column < width; column++) {
        const topLeft = row >= height / 2 && column < width / 2;
        pixels.set([...(topLeft ? corner : color), 255], (row * width + column) * 4);
      }
    }
    this.images.write(width, height, pixels, meta);
  }

  /** Waits for the first event of this type that matches. */
  async event<T extends SceneEvent["type"]>(
    type: T,
    matches: (event: EventOf<SceneEvent, T>) => boolean = () => true,
  ): Promise<EventOf<SceneEvent, T>> {
    const isMatch = (event: SceneEvent) => event.type === type && matches(event as EventOf<SceneEvent, T>);
    await this.until(() => this.events.some(isMatch));
    return this.events.find(isMatch) as EventOf<SceneEvent, T>;
  }

  /** Waits for a condition that can change only when the server wakes the renderer: events, the number of viewers. */
  async until(condition: () => boolean): Promise<void> {
    await this.#eventsRead.until(condition);
  }

  /** Leaves events in the queue until {@link resumeReadingEvents}. */
  stopReadingEvents(): void {
    this.#isHanging = true;
  }

  resumeReadingEvents(): void {
    this.#isHanging = false;
    this.#drain();
  }

  [Symbol.dispose](): void {
    this.#watch.close();
    this.images.close();
    this.queue.cleanup();
  }

  #drain(): void {
    if (this.#isHanging) return;
    for (let row = this.queue.dequeue(); row !== null; row = this.queue.dequeue()) {
      const event = decodeEvent(row);
      if (event !== null) this.events.push(event);
    }
    this.#eventsRead.notify();
  }
}
