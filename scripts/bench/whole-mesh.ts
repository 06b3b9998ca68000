import { loadScene } from "../../src/scene/load-scene.ts";
import { type GlBackend, ShowManager } from "../../src/scene/show-manager.ts";
import { type Figure, figure } from "./measure.ts";

const FRAMES = 60;

/** Frames a second of the renderer alone: `model` at 1280x720 turned, drawn with all its triangles and read back, `runs` times. */
export async function drawWholeMesh(model: string, glBackend: GlBackend, runs: number): Promise<Figure> {
  using show = new ShowManager({ size: [1280, 720], glBackend });
  const loaded = await loadScene(model);
  show.add(loaded.object);
  show.frameScene(loaded.up);
  const pixels = new Uint8Array(1280 * 720 * 4);
  const held = { ctrl: false, shift: false };
  const rates: number[] = [];
  show.style.onButtonPress(0, 0.5, 0.5, held);
  // The first run compiles shaders.
  for (let run = 0; run <= runs; run++) {
    const start = performance.now();
    for (let frame = 0; frame < FRAMES; frame++) {
      show.style.onMouseMove(0.5 + frame / 500, 0.5, held);
      show.render({ samples: 0, draft: true });
      show.readPixelsInto(pixels);
    }
    if (run > 0) rates.push((FRAMES * 1000) / (performance.now() - start));
  }
  loaded.dispose();
  return figure(rates);
}
