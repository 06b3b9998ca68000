/**
 * Messages of a producer on its control socket: JSON, one per line, a part of the renderer's line protocol (renderer-protocol.ts). Requests
 * to it are lines too: `command` with a `control` of `src/protocol/commands.ts`, and `error` for a line that was refused.
 */
import { z } from "zod";
import { checkValue } from "../panel/check-value.ts";
import {
  type Control,
  type ControlValue,
  controlSchema,
  controlValueSchema,
  MAX_CONTROLS,
} from "../protocol/panel.ts";

/** Maximum length of a line, characters. */
export const MAX_LINE_LENGTH: number = 1 << 20;

const producerMessageSchema = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("panel"),
    panel: z.object({ program: z.array(controlSchema).max(MAX_CONTROLS) }),
  }),
  z.object({ type: z.literal("control-values"), values: z.record(z.string(), controlValueSchema) }),
  z.object({ type: z.literal("command-result"), id: z.number(), error: z.string().max(4096).optional() }),
]);
export type ProducerMessage = z.infer<typeof producerMessageSchema>;

/** Parses a line of a producer. @throws RangeError with a sentence */
export function parseProducerLine(line: string): ProducerMessage {
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch {
    throw new RangeError("The line is not JSON.");
  }
  const { data, error } = producerMessageSchema.safeParse(json);
  if (data !== undefined) return data;
  const [issue] = error.issues;
  const path = issue?.path.join(".") ?? "";
  throw new RangeError(`The message is not valid: ${path === "" ? "" : `${path}: `}${issue?.message}.`);
}

/**
 * Checks the controls of a `panel`: their names differ, and their values are of their types.
 *
 * @returns the controls by name
 * @throws RangeError with a sentence
 */
export function checkControls(controls: readonly Control[]): Map<string, Control> {
  const checked = new Map<string, Control>();
  for (const control of controls) {
    if (checked.has(control.name)) throw new RangeError(`Two controls have the name "${control.name}".`);
    checked.set(control.name, control.type === "action" ? control : withValue(control, control.value));
  }
  return checked;
}

/** @throws RangeError with a sentence if the value does not fit the control */
export function withValue(control: Control, value: ControlValue | undefined): Control {
  return { ...control, value: checkValue(control, value) } as Control;
}
