import { statSync } from "node:fs";
import { getLogger } from "@logtape/logtape";
import type { ScenecastServer } from "../server/server.ts";
import { findAncestorWithSegment, isAlive, type ProcessStatus } from "./process-tree.ts";
import type { SegmentNames } from "./segment-names.ts";

const log = getLogger(["scenecast", "serve"]);

/** Polling interval for new segments of the same names, ms. */
const POLL_INTERVAL_MS = 1000;

/** Maximum number of attempts to attach to existing segments that are not valid yet: their producer may still be filling them. */
const MAX_ATTEMPTS = 10;

/** Keeps a server attached to the producer with the newest names, and attaches it again after a restart of the producer. */
export class ProducerFollower implements Disposable {
  readonly #server: ScenecastServer;
  readonly #timer: ReturnType<typeof setInterval>;
  #names: SegmentNames | null = null;
  /** Whether the last attempt to attach to {@link #names} succeeded. */
  #attached = false;
  /** Inodes of the segments at the last attempt, and number of attempts with them. */
  #attemptedInodes = "";
  #attempts = 0;
  /** The producer, if it is an ancestor of this process. */
  #ancestor: ProcessStatus | null = null;
  #sourceEnded = false;
  readonly #end = Promise.withResolvers<"producer-ended" | "segments-missing">();
  /**
   * Settles when no more frames can arrive: the producer that started this process has ended or, after {@link onSourceEnd}, the last
   * named producer has ended ("producer-ended") or its segments do not exist ("segments-missing").
   */
  readonly end = this.#end.promise;

  constructor(server: ScenecastServer) {
    this.#server = server;
    this.#timer = setInterval(() => this.#poll(), POLL_INTERVAL_MS);
  }

  /** Attaches immediately. @throws what ScenecastServer.attach throws */
  attach(names: SegmentNames): void {
    this.#names = names;
    this.#tryAttach(names);
  }

  /** Attaches to the segments now or once they exist. Does nothing if the server is attached to them. */
  attachWhenReady(names: SegmentNames): void {
    const isSame = this.#attached && this.#server.attached && Bun.deepEquals(names, this.#names);
    if (isSame && inodesOf(names) === this.#attemptedInodes) return;
    try {
      this.attach(names);
      log.info`Showing the frames of ${names.info_buffer_name}.`;
    } catch (error) {
      this.reportWaiting(error instanceof Error ? error.message : String(error));
    }
  }

  /** Call it when the source of names has ended. */
  onSourceEnd(): void {
    this.#sourceEnded = true;
  }

  /** Logs why there is no producer, and shows it on the page unless a producer is attached. */
  reportWaiting(reason: string): void {
    log.info`${reason}`;
    if (!this.#server.attached) this.#server.setRendererStatus({ state: "waiting-for-producer", reason });
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  #poll(): void {
    if (this.#ancestor !== null && !isAlive(this.#ancestor)) {
      log.info`The program that started this server has ended.`;
      this.#end.resolve("producer-ended");
      return;
    }
    const names = this.#names;
    if (names === null) return;
    const inodes = inodesOf(names);
    if (
      inodes !== null &&
      (inodes !== this.#attemptedInodes || (!this.#attached && this.#attempts < MAX_ATTEMPTS))
    ) {
      try {
        this.#tryAttach(names);
        log.info`Showing the frames of ${names.info_buffer_name}.`;
      } catch (error) {
        log.debug`${error}`;
      }
    }
    if (!this.#sourceEnded || this.#server.attached) return;
    if (this.#attached) this.#end.resolve("producer-ended");
    else if (inodes === null) this.#end.resolve("segments-missing");
  }

  #tryAttach(names: SegmentNames): void {
    const inodes = inodesOf(names) ?? "";
    this.#attempts = inodes === this.#attemptedInodes ? this.#attempts + 1 : 1;
    this.#attemptedInodes = inodes;
    this.#attached = false;
    this.#server.attach(names);
    this.#attached = true;
    this.#ancestor ??= findAncestorWithSegment(
      // Without the leading slash of a POSIX name.
      [names.info_buffer_name, ...names.image_buffer_names].map((name) => name.replace(/^\//, "")),
    );
  }
}

/** Inodes of the segments, which differ after a restart of the producer; null while a segment is missing. */
function inodesOf(names: SegmentNames): string | null {
  const all = Object.values(names)
    .flat()
    .filter((name) => name !== undefined);
  try {
    return all.map((name) => statSync(`/dev/shm/${name}`).ino).join(" ");
  } catch {
    return null;
  }
}
