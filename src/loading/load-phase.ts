/** Phase of loading a file; "simplifying" makes the levels of detail of a large file. */
export type LoadPhase = "reading" | "preparing" | "simplifying";

/** Receives the fraction of a phase, 0 to 1. */
export type ReportProgress = (phase: LoadPhase, fraction: number) => void;
