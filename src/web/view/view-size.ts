import type { ResizeMessage } from "../../protocol/client-messages.ts";
import { MAX_PIXEL_RATIO, MAX_RESIZE_PIXELS } from "../../protocol/limits.ts";

const DEBOUNCE_MS = 100;

/**
 * Reports the size of an element and its device pixel ratio when they change, 100 ms after the last change (debounced).
 * @returns a function that reports the size now, changed or not, to a server that does not know it
 */
export function watchSize(
  element: HTMLElement,
  report: (size: Pick<ResizeMessage, "width" | "height" | "pixel_ratio">) => void,
): () => void {
  let lastReported = "";
  let timer: ReturnType<typeof setTimeout> | undefined;

  const reportChange = () => {
    const size = {
      width: Math.min(element.clientWidth, MAX_RESIZE_PIXELS),
      height: Math.min(element.clientHeight, MAX_RESIZE_PIXELS),
      pixel_ratio: Math.min(window.devicePixelRatio, MAX_PIXEL_RATIO),
    };
    const key = JSON.stringify(size);
    // A frame that is not laid out (a hidden notebook cell) has no size.
    if (size.width < 1 || size.height < 1 || key === lastReported) return;
    lastReported = key;
    report(size);
  };

  const onChange = () => {
    clearTimeout(timer);
    timer = setTimeout(reportChange, DEBOUNCE_MS);
  };

  /** A media query matches one ratio only, so each change needs a new query. */
  const watchPixelRatio = () => {
    const query = window.matchMedia(`(resolution: ${window.devicePixelRatio}dppx)`);
    const onRatioChange = () => {
      onChange();
      watchPixelRatio();
    };
    query.addEventListener("change", onRatioChange, { once: true });
  };

  new ResizeObserver(onChange).observe(element);
  watchPixelRatio();
  return () => {
    clearTimeout(timer);
    lastReported = "";
    reportChange();
  };
}
