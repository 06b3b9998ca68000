import { whyNoNumpy } from "../../test/interop/fury-program.ts";
import type { BenchSetup } from "./setup.ts";
import { measureOurServer, startProducer } from "./stream-measurement.ts";

/** Sizes, and how many frames are skipped for each that is checked: decoding takes time in proportion to the size. */
const SIZES = [
  { size: [640, 480], keepEvery: 1 },
  { size: [1280, 720], keepEvery: 1 },
  { size: [1920, 1080], keepEvery: 2 },
  { size: [3840, 2160], keepEvery: 4 },
] as const;

/** Torn frames of a 60 fps program that does not wait. */
export async function benchTorn({ executable, seconds, report }: BenchSetup): Promise<void> {
  const whyNot = whyNoNumpy();
  if (whyNot) return report.row("torn pictures", `not measured: ${whyNot}`, "");
  for (const { size, keepEvery } of SIZES) {
    await using program = await startProducer(size);
    const measurements = await measureOurServer(executable, program, { clients: 1, seconds, keepEvery });
    const sum = (of: "torn" | "frames") => measurements.reduce((total, { stamps }) => total + stamps[of], 0);
    report.row(`torn pictures at ${size.join("x")}`, String(sum("torn")), `of ${sum("frames")}`);
  }
}
