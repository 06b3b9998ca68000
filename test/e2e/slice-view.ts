import { formatMeasurement, type Measurement } from "../../src/protocol/measure.ts";
import { niftiFile } from "../formats/volumes/nifti-file.ts";
import { eventually } from "../server/clients.ts";
import { RunningScenecast } from "../support/scenecast.ts";
import { TemporaryDirectory } from "../support/temporary-directory.ts";

const CONTROL = "control-token";
const VIEW = "view-only-token";
export const [WIDTH, HEIGHT] = [400, 300];

/** A cube of 41 voxels of 1 mm around the origin; the value of a voxel is its number. */
const VOLUME = niftiFile({
  dim: [3, 41, 41, 41],
  srow: [1, 0, 0, -20, 0, 1, 0, -20, 0, 0, 1, -20],
  datatype: 16,
  voxels: new Uint8Array(Float32Array.from({ length: 41 ** 3 }, (_, i) => i).buffer),
});

/** Looks along y from the front: x to the left of the picture is to the right of the body. One px is 0.2 mm. */
const PX = 0.2;
export const DOCUMENT = {
  version: 1,
  layers: [{ id: "t1", file: "t1.nii", slice: "y=0" }],
  view: {
    orthographic: true,
    camera: {
      ...{ position: [0, 100, 0], focalPoint: [0, 0, 0], viewUp: [0, 0, 1], viewAngle: 30 },
      parallelScale: (HEIGHT / 2) * PX,
    },
  },
};

/** A page of a slice of a volume, whose voxels have their number as their value. */
export class SliceView implements AsyncDisposable {
  readonly #files: TemporaryDirectory;
  readonly #view: RunningScenecast;
  /** URL of the page without a token. */
  readonly base: string;
  readonly tokens = { control: CONTROL, view: VIEW };

  private constructor(files: TemporaryDirectory, view: RunningScenecast) {
    this.#files = files;
    this.#view = view;
    this.base = view.url.replace(/\?.*/, "");
  }

  static async start(): Promise<SliceView> {
    const files = new TemporaryDirectory();
    files.write("t1.nii", VOLUME);
    const document = files.write("scene.scenecast.json", JSON.stringify(DOCUMENT));
    const view = await RunningScenecast.start([
      ...["view", document, "--size", `${WIDTH}x${HEIGHT}`, "--gl-backend", "mesa"],
      ...["--token", CONTROL, "--view-token", VIEW],
    ]);
    return new SliceView(files, view);
  }

  async scene(): Promise<SceneOfSlice> {
    const response = await fetch(`${this.base}scene?token=${CONTROL}`);
    return (await response.json()) as SceneOfSlice;
  }

  /** Waits until the document has these measurements: a distance in mm or an angle in degrees each. */
  async measured(expected: readonly string[]): Promise<void> {
    await eventually(
      async () => {
        const measurements = ((await this.scene()).view.measurements ?? []) as Measurement[];
        const texts = measurements.map((each) => formatMeasurement(each, "mm"));
        return (
          texts.length === expected.length &&
          expected.every((wanted, i) => {
            const text = texts[i] ?? "";
            const [unit] = /[^\d.]+$/.exec(wanted) ?? [];
            return text.endsWith(unit ?? "") && isNear(Number.parseFloat(text), Number.parseFloat(wanted));
          })
        );
      },
      `the measurements are ${expected.join(", ")}`,
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#view[Symbol.asyncDispose]();
    this.#files[Symbol.dispose]();
  }
}

interface SceneOfSlice {
  readonly layers: { readonly slice: string }[];
  readonly view: Readonly<Record<string, unknown>>;
}

/** The place in the window of a point of the slice, mm. */
export function placeOf(x: number, z: number): [number, number] {
  return [WIDTH / 2 - x / PX, HEIGHT / 2 - z / PX];
}

/** Number of the voxel at a point of the slice, which is its value. */
export function valueAt(x: number, z: number): string {
  return String(x + 20 + 41 * (20 + 41 * (z + 20)));
}

/** A pixel is 0.2 mm. */
export function isNear(value: number, wanted: number): boolean {
  return Math.abs(value - wanted) < 0.5;
}
