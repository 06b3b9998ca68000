import { z } from "zod";
import type { ClientMessage } from "./client-messages.ts";
import { commandSchema } from "./commands.ts";
import {
  MAX_KEY_CHARACTERS,
  MAX_MESSAGE_BYTES,
  MAX_PIXEL_RATIO,
  MAX_POSITION_FRACTION,
  MAX_POSITION_PIXELS,
  MAX_RESIZE_PIXELS,
  MAX_TIME_MS,
  MAX_WHEEL_DELTA,
} from "./limits.ts";
import { VIEWER_ID_PATTERN } from "./paths.ts";
import type { ErrorCode } from "./server-messages.ts";

/** A valid message, or the error that rejects it. */
export type ParsedClientMessage =
  | { ok: true; message: ClientMessage }
  | { ok: false; code: ErrorCode; message: string };

// zod rejects NaN and Infinity (1e999 is valid JSON), so every number is finite.
const within = (limit: number) => z.number().min(-limit).max(limit);
const fraction = within(MAX_POSITION_FRACTION);
const pixels = within(MAX_POSITION_PIXELS);
const wheelDelta = within(MAX_WHEEL_DELTA);
const timeMs = z.number().min(0).max(MAX_TIME_MS);
const timeSeconds = z
  .number()
  .min(0)
  .max(MAX_TIME_MS / 1000);
const flag = z.union([z.literal(0), z.literal(1), z.boolean()]);
const modifiers = z
  .array(z.enum(["Shift", "Control", "Alt", "Meta"]))
  .max(8)
  .optional();
const button = z.union([z.literal(0), z.literal(1), z.literal(2), z.literal(3)]);
const pressedButton = z.union([z.literal(1), z.literal(2), z.literal(3)]);
const resizeSide = z.number().min(1).max(MAX_RESIZE_PIXELS);

const EXTRA_MODIFIERS = { altKey: flag.optional(), metaKey: flag.optional() };
const FURY_POSITION = {
  x: fraction,
  y: fraction,
  ctrlKey: flag,
  shiftKey: flag,
  ...EXTRA_MODIFIERS,
  timestampInMs: timeMs,
};
const POINTER = {
  x: pixels,
  y: pixels,
  buttons: z.array(button).max(8).optional(),
  modifiers,
  time_stamp: timeSeconds,
};
const KEY = { key: z.string().min(1).max(MAX_KEY_CHARACTERS), modifiers, time_stamp: timeSeconds };

const BY_TYPE = new Map<string, z.ZodType<ClientMessage>>(
  [
    z.object({ type: z.literal("hello"), viewer: z.string().regex(VIEWER_ID_PATTERN) }),
    z.object({ type: z.literal("ping"), time: z.number() }),
    z.object({
      type: z.literal("frames"),
      encoding: z.enum(["jpeg", "video", "none"]),
      lossless: z.boolean().optional(),
    }),
    z.object({
      type: z.literal("ack"),
      frame: z.number().int().min(0).max(0xffffffff),
      heldMs: timeMs.optional(),
    }),
    z.object({ type: z.literal("keyframe") }),
    z.object({ type: z.literal("command"), id: z.number(), command: commandSchema }),
    z.object({
      type: z.literal("weel"),
      deltaY: wheelDelta,
      deltaX: wheelDelta.optional(),
      ctrlKey: flag.optional(),
      shiftKey: flag.optional(),
      ...EXTRA_MODIFIERS,
      timestampInMs: timeMs,
    }),
    z.object({ type: z.literal("mouseMove"), ...FURY_POSITION }),
    z.object({
      type: z.literal("mouseLeftClick"),
      on: z.union([z.literal(0), z.literal(1)]),
      mouseButton: z.union([z.literal(0), z.literal(1), z.literal(2)]),
      ...FURY_POSITION,
    }),
  ].map((schema) => [schema.shape.type.value, schema]),
);

const BY_EVENT_TYPE = new Map<string, z.ZodType<ClientMessage>>(
  [
    z.object({ event_type: z.literal("pointer_down"), button: pressedButton, ...POINTER }),
    z.object({ event_type: z.literal("pointer_up"), button: pressedButton, ...POINTER }),
    z.object({ event_type: z.literal("double_click"), button: pressedButton, ...POINTER }),
    z.object({ event_type: z.literal("pointer_move"), button: button.optional(), ...POINTER }),
    z.object({
      event_type: z.literal("wheel"),
      dx: wheelDelta.optional(),
      dy: wheelDelta,
      x: pixels.optional(),
      y: pixels.optional(),
      modifiers,
      time_stamp: timeSeconds,
    }),
    z.object({ event_type: z.literal("key_down"), ...KEY }),
    z.object({ event_type: z.literal("key_up"), ...KEY }),
    z.object({
      event_type: z.literal("resize"),
      width: resizeSide,
      height: resizeSide,
      pixel_ratio: z.number().gt(0).max(MAX_PIXEL_RATIO),
      time_stamp: timeSeconds.optional(),
    }),
  ].map((schema) => [schema.shape.event_type.value, schema]),
);

/** Parses and checks a text message of a viewer. Unknown fields are removed, as the specification of jupyter_rfb requires. */
export function parseClientMessage(text: string): ParsedClientMessage {
  // A string of n UTF-16 units has at most 3n bytes in UTF-8, so most messages need no exact count.
  if (text.length * 3 > MAX_MESSAGE_BYTES && Buffer.byteLength(text) > MAX_MESSAGE_BYTES) {
    return reject("too-long", `A message must not exceed ${MAX_MESSAGE_BYTES} bytes.`);
  }
  try {
    return checkClientMessage(JSON.parse(text));
  } catch {
    return reject("bad-json", "A message must be valid JSON.");
  }
}

/** Checks a message that was already parsed from JSON. */
export function checkClientMessage(value: unknown): ParsedClientMessage {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return reject("bad-json", "A message must be a JSON object.");
  }
  const type = "type" in value ? value.type : undefined;
  const eventType = "event_type" in value ? value.event_type : undefined;
  const name = typeof eventType === "string" ? eventType : type;
  const schema = typeof eventType === "string" ? BY_EVENT_TYPE.get(eventType) : BY_TYPE.get(String(type));
  if (schema === undefined || typeof name !== "string") {
    return reject(
      "unknown-type",
      `Unknown message: "type" must be one of ${list(BY_TYPE)}, or "event_type" one of ${list(BY_EVENT_TYPE)}.`,
    );
  }
  const result = schema.safeParse(value);
  if (result.success) return { ok: true, message: result.data };
  const [issue] = result.error.issues;
  const path = issue === undefined || issue.path.length === 0 ? "" : ` ${issue.path.join(".")}:`;
  return reject("bad-message", `${name}:${path} ${issue?.message ?? "invalid"}`);
}

function list(schemas: Map<string, unknown>): string {
  return [...schemas.keys()].join(", ");
}

function reject(code: ErrorCode, message: string): ParsedClientMessage {
  return { ok: false, code, message };
}
