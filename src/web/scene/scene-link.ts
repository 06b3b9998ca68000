import { isState, type SceneState } from "./scene-state.ts";

/** Begins the fragment of a link with a scene. */
const PREFIX = "#scene=";
/** Characters of a fragment, and bytes of the JSON in it: more than a document of a hundred layers needs. */
const MAX_CHARACTERS = 1 << 16;
const MAX_BYTES = 1 << 20;

const DAMAGED = "The saved view in this link is damaged or incomplete.";
const TOO_LARGE = "The saved view in this link is too large.";

/**
 * The address of this page with a state of the scene, without a token: who gets the link needs access of their own. The state is in
 * the fragment, which browsers do not send to servers, as deflated JSON.
 */
export async function linkTo(page: Pick<Location, "href">, state: SceneState): Promise<string> {
  const url = new URL(page.href);
  url.searchParams.delete("token");
  url.hash = PREFIX + (await encodeState(state));
  return url.href;
}

/** Whether a fragment is said to have a scene. */
export function hasScene(hash: string): boolean {
  return hash.startsWith(PREFIX);
}

/** Reads the fragment of a link. Rejects with a sentence for the person. */
export async function readLink(hash: string): Promise<SceneState> {
  if (hash.length > MAX_CHARACTERS) throw new Error(TOO_LARGE);
  const state: unknown = parse(await inflate(hash.slice(PREFIX.length)));
  if (!isState(state)) throw new Error(DAMAGED);
  return state;
}

async function encodeState(state: SceneState): Promise<string> {
  const deflated = new Blob([JSON.stringify(state)])
    .stream()
    .pipeThrough(new CompressionStream("deflate-raw"));
  const bytes = new Uint8Array(await new Response(deflated).arrayBuffer());
  const text = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
  return btoa(text).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

/** Stops at {@link MAX_BYTES}: a few bytes can be deflated gigabytes. */
async function inflate(encoded: string): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  let length = 0;
  try {
    const binary = atob(encoded.replaceAll("-", "+").replaceAll("_", "/"));
    const bytes = Uint8Array.from(binary, (character) => character.charCodeAt(0));
    const reader = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw")).getReader();
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      length += part.value.byteLength;
      if (length > MAX_BYTES) {
        await reader.cancel();
        break;
      }
      text += decoder.decode(part.value, { stream: true });
    }
  } catch {
    throw new Error(DAMAGED);
  }
  if (length > MAX_BYTES) throw new Error(TOO_LARGE);
  return text + decoder.decode();
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error(DAMAGED);
  }
}
