import { SocketClient } from "../../test/server/clients.ts";
import { largeModel } from "./large.ts";
import { cpuMs, figure } from "./measure.ts";
import { type BenchSetup, rendererOf, whenStill } from "./setup.ts";

/** Goal for the time from a question to its answer, ms. */
const GOAL_MS = 30;

const QUESTIONS = 100;

/**
 * Time from a question for what is under the pointer to its answer, as a viewer sees it, and the CPU time of the renderer that it takes; after
 * the first answer, for which the shader of the depth is compiled.
 */
export async function benchPick({ start, report }: BenchSetup): Promise<void> {
  const files = [
    ["8M triangles", largeModel("ply", 8)],
    ["100M points", largeModel("points.ply", 100)],
  ] as const;
  for (const [name, path] of files) {
    await using view = await start(["view", path, "--gl-backend", "mesa", "--size", "1280x720"]);
    const socket = await SocketClient.open(view.url);
    try {
      await whenStill(view);
      // A large mesh gets its chunks after the first picture.
      const element = { type: "command", id: -1, command: { type: "pick", x: 0.5, y: 0.5 } };
      for (let found = 0; found === 0; await Bun.sleep(100)) {
        socket.send(element);
        const { result } = await socket.next("command-result");
        found = (result?.facts as unknown[] | undefined)?.length ?? 0;
      }
      const { pid } = await rendererOf(view);
      const times: number[] = [];
      let before = 0;
      let hits = 0;
      for (let id = 0; id <= QUESTIONS; id += 1) {
        if (id === 1) before = cpuMs(pid);
        // Places all over the middle of the view, far from each other.
        const [x, y] = [0.25 + 0.5 * ((id * 0.618) % 1), 0.2 + 0.6 * ((id * 0.414) % 1)];
        const asked = performance.now();
        socket.send({ type: "command", id, command: { type: "pick", x, y } });
        const { error, result } = await socket.next("command-result");
        if (error !== undefined) throw new Error(error.message);
        hits += Number(((result?.facts ?? []) as unknown[]).length > 0);
        if (id > 0) times.push(performance.now() - asked);
      }
      if (hits < QUESTIONS / 2) throw new Error(`only ${hits} of the places were on the model`);
      report.row(`pick, ${name}: question to answer`, figure(times), "ms", 1, `${GOAL_MS}`);
      report.row(`pick, ${name}: CPU time`, ((cpuMs(pid) - before) / QUESTIONS).toFixed(1), "ms");
    } finally {
      socket.close();
    }
  }
}
