import { afterAll, describe, expect, test } from "bun:test";
import { SocketClient } from "../server/clients.ts";
import { cornerObj } from "../support/model.ts";
import { mayMountSharedMemory, PrivateSharedMemory } from "../support/private-shared-memory.ts";
import { COMMAND, RunningScenecast } from "../support/scenecast.ts";
import { TemporaryDirectory } from "../support/temporary-directory.ts";
import { expectSentence } from "./refusals.ts";

const files = new TemporaryDirectory();
const model = files.write("corner.obj", cornerObj());
afterAll(() => files[Symbol.dispose]());

describe.skipIf(!mayMountSharedMemory())(
  "view with 8 MiB of shared memory (needs the right to mount)",
  () => {
    const view = (...size: string[]) => ["view", model, "--gl-backend", "angle", "--size", ...size];

    test("view exits with 1 for a larger frame, and prints how much is needed and free", async () => {
      using memory = await PrivateSharedMemory.create("size=8m");
      const child = Bun.spawn(memory.command([...COMMAND, ...view("3840x2160"), "--port", "0"]), {
        stdout: "ignore",
        stderr: "pipe",
      });
      expect(await child.exited).toBe(1);
      const stderr = await new Response(child.stderr).text();
      expect(stderr).toMatch(
        /^scenecast: .*31\.6 MiB are needed in \/dev\/shm and \d\.\d MiB are free: .*\n$/,
      );
      expect(memory.segments).toEqual([]);
    });

    // Root only: others may not mount a procfs in their namespace.
    test.skipIf(process.getuid?.() !== 0)(
      "view exits with 1 and a message without /dev/shm (needs root)",
      async () => {
        using memory = await PrivateSharedMemory.create();
        const hide = ["sh", "-c", 'mount -t proc none /dev/shm && exec "$0" "$@"'];
        const options = ["--port", "0", "--log-level", "error"];
        const child = Bun.spawn(memory.command([...hide, ...COMMAND, ...view("64x48"), ...options]), {
          stdout: "ignore",
          stderr: "pipe",
        });
        expect(await child.exited).toBe(1);
        expectSentence(await new Response(child.stderr).text(), "/dev/shm");
      },
    );

    test("view keeps the size of the view if a window requests a larger one, and logs the reason", async () => {
      using memory = await PrivateSharedMemory.create("size=8m");
      await using app = await RunningScenecast.start(view("640x480"), { command: memory.command(COMMAND) });
      await app.state<{ renderer: { state: string } }>(({ renderer }) => renderer.state === "running");
      const socket = await SocketClient.open(app.url);
      socket.send({ event_type: "resize", width: 1920, height: 1080, pixel_ratio: 1 });
      await app.state(() => /The view keeps its size: .*7\.9 MiB are needed/.test(app.stderr));
      const snapshot = await app.fetch("snapshot.png");
      expect(snapshot.status).toBe(200);
      socket.close();
    });
  },
);
