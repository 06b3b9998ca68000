const STATUS_HIDDEN = "scenecast.status.hidden";

/** Whether this person hid the status line, here or on an earlier day; null when never asked. */
export function readStatusHidden(): boolean | null {
  try {
    const value = localStorage.getItem(STATUS_HIDDEN);
    return value === null ? null : value === "1";
  } catch {
    // A sandboxed frame has no storage.
    return null;
  }
}

export function writeStatusHidden(hidden: boolean): void {
  try {
    localStorage.setItem(STATUS_HIDDEN, hidden ? "1" : "0");
  } catch {
    // Not remembered, then.
  }
}
