import { loadScene } from "../../src/scene/load-scene.ts";
import { ShowManager } from "../../src/scene/show-manager.ts";
import type { GlBackend } from "../../src/scene/show-options.ts";
import { type Figure, figure } from "./measure.ts";

const FRAMES = 60;

/** Frames per second of the renderer alone: rotates `model` at 1280x720 without simplification, and reads the frames back. */
export async function measureFullMesh(model: string, glBackend: GlBackend, runs: number): Promise<Figure> {
  using show = new ShowManager({ size: [1280, 720], glBackend });
  const loaded = await loadScene(model);
  show.add(loaded.object);
  show.frameScene(loaded.up);
  const pixels = new Uint8Array(1280 * 720 * 4);
  const modifiers = { ctrl: false, shift: false };
  const rates: number[] = [];
  show.style.onButtonPress(0, 0.5, 0.5, modifiers);
  // The first run compiles shaders.
  for (let run = 0; run <= runs; run++) {
    const startedAt = performance.now();
    for (let frame = 0; frame < FRAMES; frame++) {
      show.style.onMouseMove(0.5 + frame / 500, 0.5, modifiers);
      show.render({ samples: 0, draft: true });
      show.readPixelsInto(pixels);
    }
    if (run > 0) rates.push((FRAMES * 1000) / (performance.now() - startedAt));
  }
  loaded.dispose();
  return figure(rates);
}
