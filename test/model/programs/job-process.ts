// Runs jobs, one per JSON line of input, and replies to each with a JSON line; ends when its input is closed.
import { createInterface } from "node:readline";
import { type Job, runJob } from "./jobs.ts";

for await (const line of createInterface({ input: process.stdin })) {
  console.log(JSON.stringify(await runJob(JSON.parse(line) as Job)));
}
