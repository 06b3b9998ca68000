// Does what it is told, one message a job, and answers each with a message; ends when it is told "end".
import { type Job, runJob } from "./jobs.ts";

declare const self: Worker;

self.onmessage = async ({ data }: MessageEvent<Job | "end">) => {
  if (data === "end") process.exit();
  self.postMessage(await runJob(data));
};
