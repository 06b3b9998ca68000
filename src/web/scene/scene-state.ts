/**
 * What a person has set in a scene, apart from its files: the view, the time step, and the properties of each layer by its id. A link and
 * a saved view have it.
 */

export type Json = Readonly<Record<string, unknown>>;

export interface SceneState extends Json {
  readonly version: unknown;
  readonly view: Json;
  readonly layers: readonly Json[];
}

/** Digits of the numbers of a camera: the last ones of a double would make up most of a link. */
const CAMERA_DIGITS = 8;

/** Members of a layer that belong to its data. */
const DATA_KEYS = ["file", "kind"];

/** @param document as `GET /scene` gives it */
export function stateOf({ version, time, view, layers }: Json): SceneState {
  return {
    version,
    ...(time !== undefined && { time }),
    view: roundedCamera(objectOf(view)),
    layers: layersOf(layers).map((layer) => without(layer, DATA_KEYS)),
  };
}

/** Whether a value from outside has the shape of a state. What it says is checked by the server. */
export function isState(value: unknown): value is SceneState {
  return (
    isObject(value) && isObject(value.view) && Array.isArray(value.layers) && value.layers.every(isObject)
  );
}

/**
 * A merge patch that makes a scene as a state says, with its order of the layers. Layers of which the state says nothing stay as they are, in
 * their places.
 *
 * @returns also the ids of the layers that the scene lacks
 */
export function patchToState(scene: Json, state: SceneState): { patch: Json; missing: string[] } {
  const layers = layersOf(scene.layers);
  const known = new Map(layers.map((layer) => [layer.id, layer]));
  const wanted = new Map(state.layers.map((layer) => [layer.id, layer]));
  const ordered = [...wanted.values()].filter(({ id }) => known.has(id)).values();
  const target = {
    ...scene,
    version: state.version,
    time: state.time,
    view: state.view,
    layers: layers.map((layer) => {
      const next = wanted.has(layer.id) ? ordered.next().value : undefined;
      return next === undefined ? layer : { ...pick(known.get(next.id) ?? {}, DATA_KEYS), ...next };
    }),
  };
  return {
    patch: mergePatchBetween(scene, target),
    missing: state.layers.filter(({ id }) => !known.has(id)).map(({ id }) => String(id)),
  };
}

/** The JSON merge patch (RFC 7396) that makes `target` of `scene`. Undefined members are missing ones. */
export function mergePatchBetween(scene: Json, target: Json): Json {
  const changes: [string, unknown][] = [];
  for (const key of new Set([...Object.keys(scene), ...Object.keys(target)])) {
    const before = Object.hasOwn(scene, key) ? scene[key] : undefined;
    const after = Object.hasOwn(target, key) ? target[key] : undefined;
    if (JSON.stringify(before) === JSON.stringify(after)) continue;
    if (after === undefined) changes.push([key, null]);
    else changes.push([key, isObject(before) && isObject(after) ? mergePatchBetween(before, after) : after]);
  }
  // Unlike an assignment, this makes a member of every name.
  return Object.fromEntries(changes);
}

export function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function roundedCamera({ camera, ...view }: Json): Json {
  if (camera === undefined) return view;
  const rounded = JSON.stringify(camera, (_, value: unknown) =>
    typeof value === "number" ? Number(value.toPrecision(CAMERA_DIGITS)) : value,
  );
  return { ...view, camera: JSON.parse(rounded) };
}

function layersOf(value: unknown): readonly Json[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

function objectOf(value: unknown): Json {
  return isObject(value) ? value : {};
}

function without(object: Json, keys: readonly string[]): Json {
  return Object.fromEntries(Object.entries(object).filter(([key]) => !keys.includes(key)));
}

function pick(object: Json, keys: readonly string[]): Json {
  return Object.fromEntries(Object.entries(object).filter(([key]) => keys.includes(key)));
}
