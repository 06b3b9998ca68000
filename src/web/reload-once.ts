const KEY = "scenecast.reloaded";
const NOT_AGAIN_MS = 60_000;

/**
 * Loads the page anew, for the server is of another version than the page; not twice within a minute, for a proxy may
 * hand out an old copy for ever.
 * @returns whether it does so
 */
export function reloadOnce(): boolean {
  try {
    if (Date.now() - Number(sessionStorage.getItem(KEY) ?? 0) < NOT_AGAIN_MS) return false;
    sessionStorage.setItem(KEY, String(Date.now()));
  } catch {
    // Without storage there is no telling how often it was done.
    return false;
  }
  location.reload();
  return true;
}
