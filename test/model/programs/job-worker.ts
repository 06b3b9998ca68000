// Runs jobs, one per message, and replies to each with its result; ends after the message "end".
import { type Job, runJob } from "./jobs.ts";

declare const self: Worker;

self.onmessage = async ({ data }: MessageEvent<Job | "end">) => {
  if (data === "end") process.exit();
  self.postMessage(await runJob(data));
};
