import { createServer, type Socket as NetSocket, connect as netConnect } from "node:net";

/** A TCP relay on loopback that can stop reading from the server. */
export class PausableRelay implements AsyncDisposable {
  readonly #upstreams: NetSocket[] = [];
  readonly #relay: ReturnType<typeof createServer>;
  readonly url: string;

  private constructor(relay: ReturnType<typeof createServer>, upstreams: NetSocket[]) {
    this.#relay = relay;
    this.#upstreams = upstreams;
    const address = relay.address();
    if (address === null || typeof address === "string") throw new Error("The relay has no port.");
    this.url = `http://127.0.0.1:${address.port}/`;
  }

  static async listen(target: string): Promise<PausableRelay> {
    const upstreams: NetSocket[] = [];
    const relay = createServer((downstream) => {
      const upstream = netConnect(Number(new URL(target).port), "127.0.0.1");
      upstreams.push(upstream);
      downstream.on("data", (data) => upstream.write(data));
      upstream.on("data", (data) => downstream.write(data));
      for (const [end, other] of [
        [upstream, downstream],
        [downstream, upstream],
      ] as const) {
        end.on("close", () => other.destroy());
        end.on("error", () => other.destroy());
      }
    });
    await new Promise<void>((resolve) => relay.listen(0, "127.0.0.1", resolve));
    return new PausableRelay(relay, upstreams);
  }

  pause(): void {
    for (const upstream of this.#upstreams) upstream.pause();
  }

  resume(): void {
    for (const upstream of this.#upstreams) upstream.resume();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const upstream of this.#upstreams) upstream.destroy();
    await new Promise((resolve) => this.#relay.close(resolve));
  }
}
