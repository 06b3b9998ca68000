import { z } from "zod";
import { cameraSchema } from "./camera-state.ts";
import type { RendererCommand } from "./commands.ts";
import { MAX_RESIZE_PIXELS } from "./limits.ts";

const side = z.number().int().min(1).max(MAX_RESIZE_PIXELS);

/** Checks a command from outside: see commands.ts. */
export const commandSchema: z.ZodType<RendererCommand> = z.discriminatedUnion("type", [
  z.object({ type: z.literal("reload") }),
  z.object({ type: z.literal("camera"), camera: cameraSchema }),
  z.object({ type: z.literal("resize"), width: side, height: side }),
]);
