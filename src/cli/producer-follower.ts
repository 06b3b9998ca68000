import { statSync } from "node:fs";
import { getLogger } from "@logtape/logtape";
import type { ScenecastServer } from "../server/server.ts";
import { findAncestorWithSegment, isAlive, type ProcessId } from "./process-tree.ts";
import type { SegmentNames } from "./segment-names.ts";

const log = getLogger(["scenecast", "serve"]);

/** How often it is looked whether there are other segments of these names than before, ms. */
const LOOK_MS = 1000;

/** How often segments are tried that are there and are not what they should be: their producer may be about to fill them. */
const MAX_TRIES = 10;

/** Keeps a server attached to the producer whose names were told last, whichever of the two is there first. */
export class ProducerFollower implements Disposable {
  readonly #server: ScenecastServer;
  readonly #timer: ReturnType<typeof setInterval>;
  #wanted: SegmentNames | null = null;
  /** Whether {@link #wanted} are those that the server is, or was last, attached to. */
  #attached = false;
  /** The files behind the names when they were tried last, and how often those were. */
  #tried = "";
  #tries = 0;
  /** The producer, if it is an ancestor of this process. */
  #ancestor: ProcessId | null = null;
  #sourceEnded = false;
  readonly #end = Promise.withResolvers<"shown" | "segments-missing">();

  constructor(server: ScenecastServer) {
    this.#server = server;
    this.#timer = setInterval(() => this.#look(), LOOK_MS);
  }

  /** @throws what ScenecastServer.attach throws */
  attach(names: SegmentNames): void {
    this.#wanted = names;
    this.#try(names);
  }

  /** Attaches to these, now or as soon as they are there. Does nothing where they are attached to, so they may be told often. */
  take(names: SegmentNames): void {
    if (this.#isAttachedTo(names)) return;
    try {
      this.attach(names);
      log.info`Showing the frames of ${names.info_buffer_name}.`;
    } catch (error) {
      this.waitFor(error instanceof Error ? error.message : String(error));
    }
  }

  /**
   * Settles when no more frames can arrive: the producer that started this process has ended or, after {@link onSourceEnd}, the last
   * named producer has ended ("shown") or its segments do not exist ("segments-missing").
   */
  get end(): Promise<"shown" | "segments-missing"> {
    return this.#end.promise;
  }

  /** To be called when the source of names has ended. */
  onSourceEnd(): void {
    this.#sourceEnded = true;
  }

  /** Says in the log, and on the page where nothing is shown, why there is no producer. */
  waitFor(reason: string): void {
    log.info`${reason}`;
    if (!this.#server.attached) this.#server.setRendererStatus({ state: "waiting-for-producer", reason });
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  #isAttachedTo(names: SegmentNames): boolean {
    if (!this.#attached || !this.#server.attached || !Bun.deepEquals(names, this.#wanted)) return false;
    return filesOf(names) === this.#tried;
  }

  #look(): void {
    if (this.#ancestor !== null && !isAlive(this.#ancestor)) {
      log.info`The program that started this server has ended.`;
      this.#end.resolve("shown");
      return;
    }
    const names = this.#wanted;
    if (names === null) return;
    const files = filesOf(names);
    if (files !== null && (files !== this.#tried || (!this.#attached && this.#tries < MAX_TRIES))) {
      try {
        this.#try(names);
        log.info`Showing the frames of ${names.info_buffer_name}.`;
      } catch (error) {
        log.debug`${error}`;
      }
    }
    if (!this.#sourceEnded || this.#server.attached) return;
    if (this.#attached) this.#end.resolve("shown");
    else if (files === null) this.#end.resolve("segments-missing");
  }

  #try(names: SegmentNames): void {
    const files = filesOf(names) ?? "";
    this.#tries = files === this.#tried ? this.#tries + 1 : 1;
    this.#tried = files;
    this.#attached = false;
    this.#server.attach(names);
    this.#attached = true;
    this.#ancestor ??= findAncestorWithSegment(
      [names.info_buffer_name, ...names.image_buffer_names].map(bareName),
    );
  }
}

/** The name without the slash that POSIX names begin with. */
function bareName(name: string): string {
  return name.replace(/^\//, "");
}

/** Tells the files behind the names from others of the same names; null while one is not there. */
function filesOf(names: SegmentNames): string | null {
  const queue = [names.queue_buffer_name, names.queue_head_tail_buffer_name].filter(
    (name) => name !== undefined,
  );
  try {
    const all = [names.info_buffer_name, ...names.image_buffer_names, ...queue];
    return all.map((name) => statSync(`/dev/shm/${name}`).ino).join(" ");
  } catch {
    return null;
  }
}
