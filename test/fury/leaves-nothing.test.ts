import { expect, setDefaultTimeout, test } from "bun:test";
import { fileURLToPath } from "node:url";
import { leftOver } from "../memory/segments.ts";
import { lines } from "../support/lines.ts";

// The first frame of a software driver is slow on a busy machine.
setDefaultTimeout(60_000);

/** A program that streams and does not clean up, and the names of its segments. */
async function forgetful(how: "exit" | "error" | "stay") {
  const path = fileURLToPath(new URL("programs/forgetful.ts", import.meta.url));
  const child = Bun.spawn([process.execPath, path, how], { stdout: "pipe", stderr: "pipe" });
  const { value } = await lines(child.stdout).next();
  const names = JSON.parse(value ?? "[]").flatMap((part: object) => Object.values(part).flat()) as string[];
  expect(names).toHaveLength(5);
  return { child, names };
}

test.each(["exit", "error"] as const)(
  "a program that ends by %s without cleanup leaves no segment",
  async (how) => {
    const { child, names } = await forgetful(how);
    expect(await child.exited).toBe(how === "exit" ? 0 : 1);
    expect(leftOver(names)).toEqual([]);
  },
);

test("segments of a killed program are removed when the next program creates its own", async () => {
  const killed = await forgetful("stay");
  killed.child.kill("SIGKILL");
  await killed.child.exited;
  const next = await forgetful("exit");
  await next.child.exited;
  expect(leftOver([...killed.names, ...next.names])).toEqual([]);
});
