import { closeAtExit } from "./process.ts";
import { lastNativeError, native } from "./symbols.ts";

/** Starts to preload the system's software GL driver on a background thread; see native/egl_warm_up.h. */
export function warmUpEgl(): void {
  if (native().sc_egl_warm_up() < 0) throw lastNativeError();
  closeAtExit(() => native().sc_egl_warm_up_join());
}
