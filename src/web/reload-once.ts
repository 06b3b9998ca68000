const KEY = "scenecast.reloaded";
const MIN_INTERVAL_MS = 60_000;

/**
 * Reloads the page, because it has another protocol version than the server. At most once per minute, because a proxy may serve
 * an outdated copy permanently.
 * @returns whether it reloads
 */
export function reloadOnce(): boolean {
  try {
    if (Date.now() - Number(sessionStorage.getItem(KEY) ?? 0) < MIN_INTERVAL_MS) return false;
    sessionStorage.setItem(KEY, String(Date.now()));
  } catch {
    // Without storage the reloads cannot be counted.
    return false;
  }
  location.reload();
  return true;
}
