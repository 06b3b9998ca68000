import type { Report } from "./report.ts";

/** What every case is given. */
export interface BenchSetup {
  /** dist/scenecast. */
  readonly executable: string;
  /** The OBJ file that is shown. */
  readonly model: string;
  readonly runs: number;
  /** How long a rate is measured, each run. */
  readonly seconds: number;
  readonly report: Report;
}
