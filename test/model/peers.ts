import { fileURLToPath } from "node:url";
import { lines } from "../support/lines.ts";
import { type Job, type JobResults, runJob } from "./programs/jobs.ts";

/** Runs jobs: this program itself, another process or a Worker. */
export interface Peer extends AsyncDisposable {
  do<Kind extends Job["do"]>(job: Job & { do: Kind }): Promise<JobResults[Kind]>;
}

/** Runs jobs on the test's own thread. */
export const localPeer: Peer = {
  do: runJob,
  async [Symbol.asyncDispose]() {},
};

/** Runs jobs in another Bun process. */
export class ProcessPeer implements Peer {
  readonly #child: Bun.Subprocess<"pipe", "pipe", "inherit">;
  readonly #results: AsyncIterator<string>;

  constructor() {
    const path = fileURLToPath(new URL("programs/job-process.ts", import.meta.url));
    this.#child = Bun.spawn([process.execPath, path], { stdin: "pipe", stdout: "pipe", stderr: "inherit" });
    this.#results = lines(this.#child.stdout);
  }

  async do<Kind extends Job["do"]>(job: Job & { do: Kind }): Promise<JobResults[Kind]> {
    this.#child.stdin.write(`${JSON.stringify(job)}\n`);
    this.#child.stdin.flush();
    const { value, done } = await this.#results.next();
    if (done) throw new Error(`The process ended during ${job.do}`);
    return JSON.parse(value) as JobResults[Kind];
  }

  /** Kills the process without clean-up, as a crash does. */
  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#child.exited;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.stdin.end();
    await this.#child.exited;
  }
}

/** Runs jobs in a Worker of this program. */
export class WorkerPeer implements Peer {
  readonly #worker = new Worker(new URL("programs/job-worker.ts", import.meta.url));

  async do<Kind extends Job["do"]>(job: Job & { do: Kind }): Promise<JobResults[Kind]> {
    const result = Promise.withResolvers<JobResults[Kind]>();
    this.#worker.onmessage = ({ data }) => result.resolve(data as JobResults[Kind]);
    this.#worker.onerror = ({ message }) =>
      result.reject(new Error(`The Worker failed during ${job.do}: ${message}`));
    this.#worker.postMessage(job);
    return result.promise;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise((resolve) => this.#worker.addEventListener("close", resolve));
    this.#worker.postMessage("end");
    await closed;
  }
}
