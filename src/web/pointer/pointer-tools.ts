import type { RendererCommand } from "../../protocol/commands.ts";
import {
  formatMeasurement,
  MAX_MEASUREMENTS,
  type MeasuredPoint,
  type Measurement,
} from "../../protocol/measure.ts";
import type { PickResult } from "../../protocol/pick.ts";
import { fractionOf, type Point, type Rect } from "../view/geometry.ts";
import { type Click, detectClicks, pointOf } from "./click-detector.ts";
import { NewestQuestion, type Question } from "./newest-question.ts";
import { PointerMenu, type PointerMode } from "./pointer-menu.ts";
import { Readout } from "./readout.ts";
import { readoutParts } from "./readout-text.ts";

interface Options {
  readonly stage: HTMLElement;
  readonly viewRect: () => Rect;
  /** Executes a command. Rejects with a sentence for the user. */
  readonly execute: (command: RendererCommand) => Promise<Readonly<Record<string, unknown>> | undefined>;
  readonly onError: (error: unknown) => void;
}

/** What this viewer may do. */
export interface PointerCapabilities {
  /** Ask what is under the pointer. */
  readonly pick: boolean;
  /** Change the scene document: crosshair, measurements, center of rotation. */
  readonly change: boolean;
}

/** Number of clicks of a measurement. */
const POINTS = { distance: 2, angle: 3 } as const;

/** Maximum length of a change of the scene as a message, characters: a message has at most 4 KiB. */
const MAX_PATCH_LENGTH = 3800;

/** What the pointer does in the view besides steering: values, crosshair, measuring, and the center of rotation by a double click. */
export class PointerTools {
  readonly #options: Options;
  readonly #menu: PointerMenu;
  readonly #readout = new Readout(() => this.#unpin());
  readonly #questions: NewestQuestion;
  #capabilities: PointerCapabilities = { pick: false, change: false };
  #mode: PointerMode = "off";
  /** Points of the measurement that is being made. */
  #points: MeasuredPoint[] = [];
  #measurements: readonly Measurement[] = [];
  /** Pointer in the window; null outside of the view. */
  #pointer: Point | null = null;
  /** Whether the view is being dragged, so that nothing is asked. */
  #isDragging = false;
  #unit: string | undefined;

  constructor(options: Options) {
    this.#options = options;
    this.#questions = new NewestQuestion({
      ask: ({ at, click, use }) => {
        const purpose = click === null || use === "center" ? "hover" : "click";
        return options.execute({ type: "pick", ...at, purpose }) as Promise<PickResult>;
      },
      onAnswer: (question, answer) => this.#onAnswer(question, answer),
    });
    this.#menu = new PointerMenu({
      choose: (mode) => this.#setMode(this.#mode === mode ? "off" : mode),
      deleteLast: () => this.#keep(this.#measurements.slice(0, -1)),
      deleteAll: () => this.#keep([]),
    });
    const { stage } = options;
    stage.addEventListener("pointermove", (event) => this.#onMove(event));
    stage.addEventListener("pointerdown", ({ pointerType }) => {
      if (pointerType === "touch") this.#hideUnpinned();
    });
    stage.addEventListener("pointerleave", ({ pointerType }) => {
      // A finger leaves when it is lifted.
      if (pointerType === "touch") return;
      this.#pointer = null;
      this.#hideUnpinned();
    });
    detectClicks(stage, (click) => this.#onClick(click));
    for (const type of ["pointerup", "pointercancel", "lostpointercapture"] as const)
      stage.addEventListener(type, () => this.#endDrag());
    stage.addEventListener("dblclick", (event) => this.#onDoubleClick(pointOf(event)));
  }

  setCapabilities(capabilities: PointerCapabilities): void {
    this.#capabilities = capabilities;
    const isAllowed = this.#mode === "values" ? capabilities.pick : capabilities.pick && capabilities.change;
    if (!isAllowed) this.#setMode("off");
    this.#updateMenu();
  }

  /** To be called with each scene document. */
  onScene(document: Readonly<Record<string, unknown>>): void {
    const { measurements } = (document.view ?? {}) as { measurements?: readonly Measurement[] };
    this.#measurements = measurements ?? [];
    this.#updateMenu();
    this.#askAgain();
  }

  /** To be called when the connection is closed. */
  reset(): void {
    this.#questions.cancel();
    this.#measurements = [];
    this.setCapabilities({ pick: false, change: false });
  }

  /** Handles a shortcut. @returns whether the key is one */
  onKey(key: string): boolean {
    if (key === "Escape") return this.#leave();
    if (!this.#capabilities.pick) return false;
    if (key === "Enter" && this.#mode !== "off") {
      this.#onClick({ at: this.#pointer ?? this.#center(), pointer: "mouse" });
      return true;
    }
    const mode = this.#menu.modeOf(key);
    if (mode === undefined || (mode !== "values" && !this.#capabilities.change)) return false;
    this.#setMode(this.#mode === mode ? "off" : mode);
    return true;
  }

  /** Leaves the measurement, then the pinned box, then the mode. @returns whether there was something to leave */
  #leave(): boolean {
    if (this.#points.length > 0) this.#points = [];
    else if (this.#readout.isPinned) this.#unpin();
    else if (this.#mode === "off") return false;
    else this.#setMode("off");
    this.#askAgain();
    return true;
  }

  #setMode(mode: PointerMode): void {
    this.#mode = mode;
    this.#points = [];
    this.#questions.cancel();
    this.#readout.hide();
    this.#options.stage.classList.toggle("picking", mode !== "off");
    this.#updateMenu();
    this.#askAgain();
  }

  #updateMenu(): void {
    this.#menu.update({
      mode: this.#mode,
      mayChange: this.#capabilities.change,
      measurements: this.#measurements.length,
    });
  }

  #onMove(event: PointerEvent): void {
    if (event.pointerType === "touch") return;
    this.#pointer = pointOf(event);
    // While a button is down, the view is steered.
    this.#isDragging = event.buttons !== 0;
    if (this.#mode === "off") return;
    if (this.#isDragging) {
      this.#hideUnpinned();
      return;
    }
    if (this.#readout.isPinned) return;
    this.#readout.follow(this.#pointer);
    this.#askAgain();
  }

  #endDrag(): void {
    if (!this.#isDragging) return;
    this.#isDragging = false;
    this.#askAgain();
  }

  /** Asks for what is under the pointer, if that is shown. */
  #askAgain(): void {
    if (this.#mode === "off" || this.#pointer === null || this.#isDragging || this.#readout.isPinned) return;
    const rect = this.#options.viewRect();
    if (!isInside(rect, this.#pointer)) this.#hideUnpinned();
    else this.#questions.ask({ at: fractionOf(rect, this.#pointer), click: null, use: this.#mode });
  }

  /** Asks in every mode: a program may wait for clicks. */
  #onClick(click: Click): void {
    if (!this.#capabilities.pick) return;
    const rect = this.#options.viewRect();
    if (isInside(rect, click.at))
      this.#questions.ask({ at: fractionOf(rect, click.at), click, use: this.#mode });
  }

  #onAnswer({ click, use }: Question, answer: PickResult | Error): void {
    if (use === "off") return;
    if (use === "center") {
      if (answer instanceof Error) this.#options.onError(answer);
      else if ("point" in answer) this.#patch({ center: answer.point });
      return;
    }
    const at = click?.at ?? this.#pointer;
    if (at === null) return;
    if (answer instanceof Error) {
      this.#readout.show([], { at, note: answer.message });
      return;
    }
    if (click !== null && "point" in answer) this.#use(answer.point, answer.unit);
    const isPinned = click !== null && use === "values";
    const parts = readoutParts(answer);
    const pointer = click?.pointer ?? "mouse";
    this.#readout.show(parts, {
      at,
      note: this.#note(answer, click),
      isPinned: isPinned && parts.length > 0,
      pointer,
    });
    if (this.#readout.isPinned) this.#questions.cancelHover();
  }

  /** What a click does next, or what is measured so far. */
  #note(answer: PickResult, click: Click | null): string {
    if (this.#mode !== "distance" && this.#mode !== "angle") return "";
    const wanted = POINTS[this.#mode];
    const act = click?.pointer === "touch" ? "Tap" : "Click";
    if (this.#points.length === 0) return `${act} the first of ${wanted} points.`;
    // A click has just set the point before: there is nothing to measure to yet.
    const next = click === null && "point" in answer ? [answer.point] : [];
    const points = [...this.#points, ...next];
    if (points.length < wanted) return `${act} point ${this.#points.length + 1} of ${wanted}.`;
    return formatMeasurement({ points }, "unit" in answer ? answer.unit : this.#unit);
  }

  /** Uses the point of a click. */
  #use(point: MeasuredPoint, unit: string | undefined): void {
    this.#unit = unit;
    if (this.#mode === "crosshair") this.#patch({ crosshair: point });
    if (this.#mode !== "distance" && this.#mode !== "angle") return;
    this.#points.push(point);
    if (this.#points.length < POINTS[this.#mode]) return;
    const { measurements } = { measurements: [...this.#measurements, { points: this.#points }] };
    this.#points = [];
    this.#keep(measurements);
  }

  #keep(measurements: readonly Measurement[]): void {
    const rounded = measurements.map(({ points }) => ({ points: points.map(roundPoint) }));
    const change = { measurements: rounded.length > 0 ? rounded : null };
    if (rounded.length > MAX_MEASUREMENTS || JSON.stringify(change).length > MAX_PATCH_LENGTH) {
      this.#options.onError(new Error("There is no room for more measurements. Delete some of them first."));
      return;
    }
    this.#measurements = rounded;
    this.#patch(change);
    this.#updateMenu();
  }

  #onDoubleClick(at: Point): void {
    if (!this.#capabilities.pick || !this.#capabilities.change) return;
    if (this.#mode === "distance" || this.#mode === "angle" || !isInside(this.#options.viewRect(), at))
      return;
    const place = fractionOf(this.#options.viewRect(), at);
    this.#questions.ask({ at: place, click: { at, pointer: "mouse" }, use: "center" });
  }

  #patch(view: Readonly<Record<string, unknown>>): void {
    this.#options
      .execute({ type: "scene", patch: { view } })
      .catch((error: unknown) => this.#options.onError(error));
  }

  #unpin(): void {
    this.#readout.hide();
    this.#askAgain();
  }

  /** Hides what the pointer has hovered over. */
  #hideUnpinned(): void {
    if (this.#readout.isPinned) return;
    this.#questions.cancelHover();
    this.#readout.hide();
  }

  #center(): Point {
    const { left, top, width, height } = this.#options.viewRect();
    return { x: left + width / 2, y: top + height / 2 };
  }
}

function isInside({ left, top, width, height }: Rect, { x, y }: Point): boolean {
  return x >= left && x < left + width && y >= top && y < top + height;
}

/** Nine significant digits: more than a pixel at any size. */
function roundPoint(point: MeasuredPoint): MeasuredPoint {
  const [x, y, z] = point.map((value) => Number(value.toPrecision(9)));
  return [x ?? 0, y ?? 0, z ?? 0];
}
