/** Values that the page keeps in the browser's storage. A sandboxed frame has none: access throws, and nothing is stored. */

const STATUS_HIDDEN = "scenecast.status.hidden";
const PANEL_OPEN = "scenecast.panel.open";
const HINT_SEEN = "scenecast.hint.seen";
const RELOADED_AT = "scenecast.reloaded";
const MIN_RELOAD_INTERVAL_MS = 60_000;

/** Whether the figures of the status are hidden in this browser, as they are at first. */
export function readStatusHidden(): boolean {
  return tryStorage(() => localStorage.getItem(STATUS_HIDDEN)) !== "0";
}

export function writeStatusHidden(hidden: boolean): void {
  tryStorage(() => localStorage.setItem(STATUS_HIDDEN, hidden ? "1" : "0"));
}

/** Whether the panel was open in this browser; null if it was never opened or closed. */
export function readPanelOpen(): boolean | null {
  const value = tryStorage(() => localStorage.getItem(PANEL_OPEN));
  return value === null ? null : value === "1";
}

export function writePanelOpen(open: boolean): void {
  tryStorage(() => localStorage.setItem(PANEL_OPEN, open ? "1" : "0"));
}

/** Whether the hint for first use was seen in this browser. */
export function readHintSeen(): boolean {
  return tryStorage(() => localStorage.getItem(HINT_SEEN)) !== null;
}

export function writeHintSeen(): void {
  tryStorage(() => localStorage.setItem(HINT_SEEN, "1"));
}

/**
 * Reloads the page, because it has another protocol version than the server. At most once per minute, because a proxy may serve
 * an outdated copy permanently; never without storage, which counts the reloads.
 * @returns whether it reloads
 */
export function reloadOnce(): boolean {
  const reloads = tryStorage(() => {
    if (Date.now() - Number(sessionStorage.getItem(RELOADED_AT) ?? 0) < MIN_RELOAD_INTERVAL_MS) return false;
    sessionStorage.setItem(RELOADED_AT, String(Date.now()));
    return true;
  });
  if (reloads) location.reload();
  return reloads === true;
}

/** @returns null if the browser has no storage, or it is full */
export function tryStorage<T>(access: () => T): T | null {
  try {
    return access();
  } catch {
    return null;
  }
}
