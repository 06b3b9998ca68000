import type { Addresses } from "./addresses.ts";
import { letterbox, type Rect, type Size } from "./geometry.ts";
import type { PictureStream } from "./transports/picture-stream.ts";
import type { Transport } from "./transports/transport.ts";

/** A copy is taken when no frame came for so long … */
const REST_MS = 150;
/** … and at least so often while frames come: copying costs the decoding of one picture. */
const COPY_EVERY_MS = 1000;
/** A stream that broke while the server is there is opened again after this. */
const REOPEN_MS = 1000;

/**
 * The picture in the window: a stream while there is a server and the page can be seen, and below it a still copy of the
 * last picture, which stays when the stream ends. Without the copy a stream that breaks would leave nothing to look at.
 */
export class Picture {
  readonly #stage: HTMLElement;
  readonly #canvas: HTMLCanvasElement;
  readonly #addresses: Addresses;
  readonly #viewer: string;
  readonly #onChange: () => void;
  /** How the picture comes; null until there is a way. */
  #transport: Transport | null = null;
  #stream: PictureStream | undefined;
  #shown = false;
  #restTimer: ReturnType<typeof setTimeout> | undefined;
  #reopenTimer: ReturnType<typeof setTimeout> | undefined;
  #copiedAt = 0;

  constructor(options: {
    /** The element that the picture fills; it is given a canvas and the stream's element. */
    stage: HTMLElement;
    addresses: Addresses;
    viewer: string;
    /** Called when {@link isLive} may have changed. */
    onChange: () => void;
  }) {
    this.#stage = options.stage;
    this.#addresses = options.addresses;
    this.#viewer = options.viewer;
    this.#onChange = options.onChange;
    this.#canvas = document.createElement("canvas");
    this.#canvas.width = 0;
    this.#canvas.height = 0;
    this.#stage.append(this.#canvas);
    document.addEventListener("visibilitychange", () => this.#follow());
    window.addEventListener("pagehide", () => this.#end());
    // Coming back from the browser's page cache is no change of visibility everywhere.
    window.addEventListener("pageshow", () => this.#follow());
  }

  /** Whether the stream of now has shown a picture. */
  get isLive(): boolean {
    return this.#shown;
  }

  /** Whether there is any picture to look at, live or still. */
  get hasAny(): boolean {
    return this.#size() !== null;
  }

  /** Opens the stream, now or as soon as the page can be seen. Opens it anew where it is open. */
  open(transport: Transport): void {
    this.#end();
    this.#transport = transport;
    this.#follow();
  }

  /** Ends the stream; the last picture stays. */
  close(): void {
    this.#transport = null;
    this.#end();
  }

  /** A frame was handed to the stream. */
  frameArrived(): void {
    clearTimeout(this.#restTimer);
    if (performance.now() - this.#copiedAt > COPY_EVERY_MS) this.#copy();
    this.#restTimer = setTimeout(() => this.#copy(), REST_MS);
  }

  /** Opens the stream again where it broke without saying so. Called now and then. */
  check(): void {
    if (this.#shown && this.#stream?.size() === null) this.#broken();
  }

  /** Where the picture is in the window, in CSS px; the whole stage before there is one. */
  rect(): Rect {
    const box = this.#stage.getBoundingClientRect();
    return letterbox(box, this.#size() ?? box);
  }

  #size(): Size | null {
    const size = this.#shown ? this.#stream?.size() : null;
    return size ?? (this.#canvas.width > 0 ? this.#canvas : null);
  }

  #follow(): void {
    if (document.hidden) this.#end();
    else if (this.#transport !== null && this.#stream === undefined) this.#begin(this.#transport);
  }

  #begin(transport: Transport): void {
    clearTimeout(this.#reopenTimer);
    const stream = transport.open(this.#addresses, this.#viewer, {
      onFirstPicture: () => {
        this.#shown = true;
        stream.element.classList.add("live");
        this.frameArrived();
        this.#onChange();
      },
      onBroken: () => this.#broken(),
    });
    this.#stream = stream;
    this.#stage.append(stream.element);
  }

  #end(): void {
    clearTimeout(this.#restTimer);
    clearTimeout(this.#reopenTimer);
    if (this.#stream === undefined) return;
    this.#copy();
    this.#stream.close();
    this.#stream = undefined;
    this.#shown = false;
    this.#onChange();
  }

  #broken(): void {
    this.#end();
    this.#reopenTimer = setTimeout(() => this.#follow(), REOPEN_MS);
  }

  #copy(): void {
    const size = this.#shown ? this.#stream?.size() : null;
    if (!size || this.#stream === undefined) return;
    this.#copiedAt = performance.now();
    if (this.#canvas.width !== size.width) this.#canvas.width = size.width;
    if (this.#canvas.height !== size.height) this.#canvas.height = size.height;
    this.#canvas.getContext("2d", { alpha: false })?.drawImage(this.#stream.element, 0, 0);
  }
}
