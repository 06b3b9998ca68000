import { tmpdir } from "node:os";
import { join } from "node:path";
import { VolumeSlices } from "../../src/actors/volume/volume-slices.ts";
import { loadScene } from "../../src/scene/load-scene.ts";
import { ShowManager } from "../../src/scene/show-manager.ts";
import { figure } from "./measure.ts";
import type { BenchSetup } from "./setup.ts";
import { measureView } from "./view-measurement.ts";
import { writeHeadVolume } from "./volume-model.ts";

const SIDE = 512;

/** How the volume is shown, by name. */
const MODES = {
  slices: [],
  "lit rendering": ["--volume"],
  "maximum intensity": ["--mip"],
  isosurface: ["--iso", "500"],
} as const;

/** Start, dragging and moving slices of a NIfTI volume of 512³ int16. */
export async function benchVolume(setup: BenchSetup): Promise<void> {
  const { report } = setup;
  const path = join(tmpdir(), "scenecast-models", `head-${SIDE}.nii`);
  writeHeadVolume(path, SIDE);
  for (const backend of ["mesa", "angle"] as const) {
    for (const [mode, options] of Object.entries(MODES)) {
      const { first, complete, rates } = await measureView(setup, [path, ...options], backend);
      const name = `${backend}: view ${SIDE}^3 int16, ${mode}`;
      report.row(`${name}: start to first picture`, first, "s", 2);
      report.row(`${name}: start to complete picture`, complete, "s", 2);
      report.row(`${name}: dragging`, rates, "frames/s");
    }
    for (const [axis, name] of ["sagittal", "coronal", "axial"].entries()) {
      const times = await moveSlices(path, backend, axis as 0 | 1 | 2);
      report.row(`${backend}: moving the ${name} slice`, figure(times), "ms", 1);
    }
  }
}

/** Times from a move of a slice to its picture in memory, ms. */
async function moveSlices(path: string, glBackend: "mesa" | "angle", axis: 0 | 1 | 2): Promise<number[]> {
  const scene = await loadScene(path);
  using show = new ShowManager({ size: [1280, 720], glBackend });
  show.add(scene.object);
  show.frameScene("z");
  show.render({ draft: true, samples: 0 });
  const times: number[] = [];
  for (let i = 0; i < 40; i++) {
    const startedAt = performance.now();
    scene.object.traverse((object) => {
      if (object instanceof VolumeSlices) object.moveTo(new Map([[axis, i - 20.3]]));
    });
    show.render({ draft: true, samples: 0 });
    show.snapshot();
    times.push(performance.now() - startedAt);
  }
  scene.dispose();
  return times;
}
