import type { ClientMessage } from "../../protocol/client-messages.ts";
import type { ErrorMessage } from "../../protocol/server-messages.ts";
import type { PageOptions } from "../options.ts";
import type { FrameStatistics } from "../status/frame-statistics.ts";
import type { Rect } from "../view/geometry.ts";
import { InputTransport } from "./input-transport.ts";
import { KeySteering } from "./key-steering.ts";
import { listenToKeyboard } from "./keyboard.ts";
import { steerByPointer, toEpochMs } from "./pointer-input.ts";
import { Steering } from "./steering.ts";
import { WheelCapture } from "./wheel.ts";

/** What this viewer may send. */
export interface InputCapabilities {
  /** Steer the view. */
  steering: boolean;
  /** Send key events, which the renderer must accept too. */
  keys: boolean;
}

/** Key of FURY and of scenecast's renderer that resets the view. */
const RESET_KEY = "r";

/** Input of this viewer: converts pointer, wheel and keyboard to messages and sends them, as far as its capabilities allow. */
export class ViewerInput {
  readonly transport: InputTransport;
  readonly #statistics: Pick<FrameStatistics, "onEventSent" | "onMotionSent">;
  readonly #steering: Steering;
  readonly #keySteering: KeySteering;
  capabilities: InputCapabilities = { steering: false, keys: false };

  constructor(options: {
    element: HTMLElement;
    pageOptions: Pick<PageOptions, "mouseIntervalMs" | "wheelIntervalMs" | "iframe">;
    viewRect: () => Rect;
    /** Sends a message on the page's socket. */
    send: (message: ClientMessage) => void;
    onError: (message: ErrorMessage) => void;
    statistics: Pick<FrameStatistics, "onEventSent" | "onMotionSent">;
    /** Handles a shortcut of the page; returns whether the key is one. */
    shortcut: (event: KeyboardEvent) => boolean;
    /** Whether a dialog is open, to which the keys belong. */
    isDialogOpen: () => boolean;
  }) {
    this.#statistics = options.statistics;
    this.transport = new InputTransport(options.send, options.onError);
    const steering = new Steering(options.pageOptions, (message) => {
      document.body.classList.toggle("steering", steering.buttonsDown.length > 0);
      if (!this.capabilities.steering) return;
      const { timestampInMs } = message;
      this.#statistics.onEventSent(timestampInMs, timestampInMs - performance.timeOrigin);
      if (message.type === "mouseMove" && steering.buttonsDown.length > 0) {
        this.#statistics.onMotionSent(performance.now());
      }
      this.transport.send(message);
    });
    const keySteering = new KeySteering(steering);
    this.#steering = steering;
    this.#keySteering = keySteering;
    const { isDialogOpen } = options;
    const isControlDown = listenToKeyboard({
      steer: ({ key, shiftKey, timeStamp }) =>
        this.capabilities.steering &&
        !isDialogOpen() &&
        keySteering.down(key, shiftKey, toEpochMs(timeStamp)),
      shortcut: options.shortcut,
      released: ({ key, timeStamp }) => keySteering.up(key, toEpochMs(timeStamp)),
      forward: (key, down, { shiftKey, timeStamp }) =>
        !isDialogOpen() && this.#sendKey(key, down, timeStamp, shiftKey),
    });
    steerByPointer({
      element: options.element,
      steering,
      keys: keySteering,
      wheelCapture: options.pageOptions.iframe ? new WheelCapture().listen() : null,
      viewRect: options.viewRect,
      isControlDown,
    });
  }

  /** Asks the renderer to reset the view. @returns whether this viewer can */
  resetView(): boolean {
    const now = performance.now();
    return this.#sendKey(RESET_KEY, true, now) && this.#sendKey(RESET_KEY, false, now);
  }

  /** Forgets buttons and keys that are down, because the connection is closed. */
  reset(): void {
    this.capabilities = { steering: false, keys: false };
    this.#keySteering.end(toEpochMs(performance.now()));
    this.#steering.reset();
    this.transport.reset();
    document.body.classList.remove("steering");
  }

  /** @returns whether the renderer accepts keys */
  #sendKey(key: string, down: boolean, timeStamp: number, shift = false): boolean {
    if (!this.capabilities.keys) return false;
    const seconds = toEpochMs(timeStamp) / 1000;
    // The server reports the event in ms, by exactly this product.
    this.#statistics.onEventSent(seconds * 1000, timeStamp);
    const event_type = down ? "key_down" : "key_up";
    this.transport.send({ event_type, key, ...(shift && { modifiers: ["Shift"] }), time_stamp: seconds });
    return true;
  }
}
