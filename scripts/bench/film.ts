import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { type Figure, figure } from "./measure.ts";
import { run, VIRTUAL_DISPLAY, VirtualDisplay } from "./programs.ts";
import type { BenchSetup } from "./setup.ts";

const EXECUTABLE = resolve(import.meta.dir, "../../dist/scenecast");
const FRAMES = 120;
/** Calls of f3d that are timed, of the 120 of a film. */
const CALLS = 12;

/** Time of a turntable of 120 frames, and of a loop that calls f3d for each picture, which is then to be encoded yet. */
export async function benchFilm({ model, runs, report }: BenchSetup): Promise<void> {
  const hasPeer = Bun.which("f3d") !== null && Bun.which("Xvfb") !== null;
  await using display = hasPeer ? new VirtualDisplay() : undefined;
  await display?.ready;
  const output = join(tmpdir(), `scenecast-bench-${process.pid}`);
  const [webm, webp, peer]: [number[], number[], number[]] = [[], [], []];
  const record = async (extension: string): Promise<number> => {
    const options = ["--frames", String(FRAMES), "--size", "1280x720", "--gl-backend", "mesa"];
    return (await run([EXECUTABLE, "record", model, "-o", `${output}.${extension}`, ...options])).seconds;
  };
  for (let i = 0; i < runs; i += 1) {
    webm.push(await record("webm"));
    webp.push(await record("webp"));
    if (!hasPeer) continue;
    const started = performance.now();
    for (let n = 0; n < CALLS; n += 1) {
      const angle = `--camera-azimuth-angle=${(360 * n) / FRAMES}`;
      await run(["f3d", model, `--output=${output}.png`, "--resolution=1280,720", angle], {
        ...{ DISPLAY: VIRTUAL_DISPLAY, LIBGL_ALWAYS_SOFTWARE: "1" },
      });
    }
    peer.push(((performance.now() - started) / 1000) * (FRAMES / CALLS));
  }
  const other: Figure | string = hasPeer ? figure(peer) : "f3d is not installed";
  report.row(`record, ${FRAMES} frames: WebM`, figure(webm), "s", 1, other);
  report.row(`record, ${FRAMES} frames: animated WebP`, figure(webp), "s", 1, other);
}
