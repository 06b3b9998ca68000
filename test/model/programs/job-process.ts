// Runs jobs, one per JSON line of input, and answers each with a JSON line; ends with its input.
import { createInterface } from "node:readline";
import { type Job, runJob } from "./jobs.ts";

for await (const line of createInterface({ input: process.stdin })) {
  console.log(JSON.stringify(await runJob(JSON.parse(line) as Job)));
}
