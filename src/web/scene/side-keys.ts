/** A merge patch of the view, as a command. */
interface ViewCommand {
  readonly type: "scene";
  readonly patch: { readonly view: ViewChange };
}
type ViewChange = {
  readonly orthographic?: boolean;
  readonly view?: string;
  readonly azimuth?: null;
  readonly elevation?: null;
};

/** A key press, as the DOM reports it. */
type KeyPress = Pick<KeyboardEvent, "code" | "shiftKey">;

/** Sides of a scene by the digit of a key, without and with Shift: as on the number pad of Blender and f3d. */
const SIDES: Readonly<Record<string, readonly [string, string]>> = {
  1: ["front", "back"],
  3: ["right", "left"],
  7: ["top", "bottom"],
  9: ["iso", "iso"],
};
const PROJECTION_DIGIT = "5";

/**
 * The command of a key that looks from a side, or changes the projection. By the place of the key: on many keyboards, digits need Shift,
 * or have another character with it.
 *
 * @param isOrthographic the present projection
 */
export function sideCommand({ code, shiftKey }: KeyPress, isOrthographic: boolean): ViewCommand | undefined {
  const digit = /^(?:Digit|Numpad)(\d)$/.exec(code)?.[1];
  if (digit === undefined) return undefined;
  if (digit === PROJECTION_DIGIT && !shiftKey) return view({ orthographic: !isOrthographic });
  const side = SIDES[digit]?.[shiftKey ? 1 : 0];
  return side === undefined ? undefined : view({ view: side, azimuth: null, elevation: null });
}

const view = (change: ViewChange): ViewCommand => ({ type: "scene", patch: { view: change } });
