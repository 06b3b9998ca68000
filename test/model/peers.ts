import { fileURLToPath } from "node:url";
import { lines } from "../support/lines.ts";
import { type Answers, type Job, runJob } from "./programs/jobs.ts";

/** Somebody who does jobs: this program itself, another process, a Worker. */
export interface Peer extends AsyncDisposable {
  do<Kind extends Job["do"]>(job: Job & { do: Kind }): Promise<Answers[Kind]>;
}

/** The test's own thread. */
export const ourselves: Peer = {
  do: runJob,
  async [Symbol.asyncDispose]() {},
};

/** A Bun process of its own. */
export class ProcessPeer implements Peer {
  readonly #child: Bun.Subprocess<"pipe", "pipe", "inherit">;
  readonly #answers: AsyncIterator<string>;

  constructor() {
    const path = fileURLToPath(new URL("programs/job-process.ts", import.meta.url));
    this.#child = Bun.spawn([process.execPath, path], { stdin: "pipe", stdout: "pipe", stderr: "inherit" });
    this.#answers = lines(this.#child.stdout);
  }

  async do<Kind extends Job["do"]>(job: Job & { do: Kind }): Promise<Answers[Kind]> {
    this.#child.stdin.write(`${JSON.stringify(job)}\n`);
    this.#child.stdin.flush();
    const { value, done } = await this.#answers.next();
    if (done) throw new Error(`the other process ended during ${job.do}`);
    return JSON.parse(value) as Answers[Kind];
  }

  /** As a crash would: nothing is cleaned up. */
  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#child.exited;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.stdin.end();
    await this.#child.exited;
  }
}

/** A Worker of this program. */
export class WorkerPeer implements Peer {
  readonly #worker = new Worker(new URL("programs/job-worker.ts", import.meta.url));

  async do<Kind extends Job["do"]>(job: Job & { do: Kind }): Promise<Answers[Kind]> {
    const answer = Promise.withResolvers<Answers[Kind]>();
    this.#worker.onmessage = ({ data }) => answer.resolve(data as Answers[Kind]);
    this.#worker.onerror = ({ message }) =>
      answer.reject(new Error(`the Worker failed during ${job.do}: ${message}`));
    this.#worker.postMessage(job);
    return answer.promise;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise((resolve) => this.#worker.addEventListener("close", resolve));
    this.#worker.postMessage("end");
    await closed;
  }
}
