import { closeAtExit } from "./process.ts";
import { lastNativeError, native } from "./symbols.ts";

/** Starts to load the software GL driver of the system on a thread of its own; see native/egl_warm_up.h. */
export function warmUpEgl(): void {
  if (native().sc_egl_warm_up() < 0) throw lastNativeError();
  closeAtExit(() => native().sc_egl_warm_up_join());
}
