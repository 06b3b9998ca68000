import { expect, test } from "bun:test";
import { join } from "node:path";

test("a server survives uncaught errors, and logs a repeated one once a minute", async () => {
  const child = Bun.spawn([process.execPath, join(import.meta.dir, "programs/failing-server.ts")], {
    stderr: "pipe",
  });
  const stderr = await new Response(child.stderr).text();
  expect(await child.exited).toBe(0);
  const logged = stderr.trim().split("\n");
  expect(logged.map((line) => line.replace(/^\S+ /, "")).sort()).toEqual(
    ["a microtask", "a promise", "a timer"].map(
      (place) => `error: Internal error; scenecast continues. Please report it: Error: in ${place}`,
    ),
  );
});
