import { expect, test } from "bun:test";
import { fileURLToPath } from "node:url";

test("an ICE server check that fails because the host name cannot be resolved is logged, and does not end the process", async () => {
  const program = fileURLToPath(new URL("../programs/app-without-address.ts", import.meta.url));
  const child = Bun.spawn([process.execPath, program], { stdin: "pipe", stderr: "pipe" });
  let output = "";
  for await (const chunk of child.stderr) {
    output += Buffer.from(chunk).toString();
    if (!output.includes("ICE servers could not be checked")) continue;
    child.stdin.write("end\n");
    child.stdin.end();
  }
  expect(output).toContain("warning: The ICE servers could not be checked");
  expect(await child.exited).toBe(0);
});
