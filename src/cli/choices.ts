import type { UpAxis } from "../formats/up-axis.ts";
import type { Backend } from "../gl/drivers.ts";

// Values of options. Repeated here because importing their modules would load three.js for --help; `satisfies` checks them.

export const GL_BACKENDS = ["auto", "gpu", "mesa", "angle"] as const satisfies readonly Backend[];

export const UP_AXES = ["x", "-x", "y", "-y", "z", "-z"] as const satisfies readonly UpAxis[];

export const LOG_LEVELS = ["debug", "info", "warning", "error"] as const;
export type LogLevelName = (typeof LOG_LEVELS)[number];
