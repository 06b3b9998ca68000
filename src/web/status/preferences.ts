const STATUS_HIDDEN = "scenecast.status.hidden";

/** Whether the status line was hidden in this browser; null if it was never toggled. */
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
    // A sandboxed frame has no storage.
  }
}
