import { describe, expect, test } from "bun:test";
import { describeError } from "../../src/cli/errors.ts";
import { readLines } from "../../src/cli/lines.ts";
import { tunnelCommand } from "../../src/cli/server-command.ts";

describe("error messages", () => {
  test("errors are printed without control characters and under 600 characters", () => {
    expect(describeError(new Error("a\u001b[2Jb\nc"))).toBe("a [2Jb c");
    expect(describeError(new Error("x".repeat(5000)))).toHaveLength(600);
  });
});

describe("the tunnel command", () => {
  test("the tunnel command uses the server address of the SSH session", () => {
    const command = tunnelCommand(8123, "localhost", { SSH_CONNECTION: "10.0.0.5 50000 10.0.0.9 22" });
    expect(command).toStartWith("ssh -N -L 8123:localhost:8123 ");
    expect(command).toEndWith("@10.0.0.9");
  });

  test("the tunnel command includes the port of an SSH server that does not listen on 22", () => {
    const command = tunnelCommand(8123, "localhost", { SSH_CONNECTION: "10.0.0.5 50000 10.0.0.9 2299" });
    expect(command).toMatch(/^ssh -N -L 8123:localhost:8123 -p 2299 \S+@10\.0\.0\.9$/);
  });

  test("the tunnel command forwards to the address on which the server listens", () => {
    const ssh = { SSH_CONNECTION: "10.0.0.5 50000 10.0.0.9 22" };
    for (const host of ["127.0.0.1", "0.0.0.0", "::"]) {
      expect(tunnelCommand(8000, host, ssh)).toStartWith("ssh -N -L 8000:localhost:8000 ");
    }
    expect(tunnelCommand(8000, "10.0.0.9", ssh)).toStartWith("ssh -N -L 8000:10.0.0.9:8000 ");
  });

  test("the tunnel command goes through the submit host inside a Slurm job", () => {
    const command = tunnelCommand(8000, "localhost", { SLURM_JOB_ID: "7", SLURM_SUBMIT_HOST: "login1" });
    expect(command).toMatch(/ -J \S+@login1 \S+@\S+$/);
  });

  test("the tunnel command is not printed on a local machine", () => {
    expect(tunnelCommand(8000, "localhost", {})).toBeUndefined();
  });
});

describe("readLines", () => {
  test("readLines joins lines and characters that are split across chunks", async () => {
    const bytes = new TextEncoder().encode("ein\nzwölf\nend");
    const stream = new ReadableStream<Uint8Array>({
      start(controller) {
        for (const byte of bytes) controller.enqueue(Uint8Array.of(byte));
        controller.close();
      },
    });
    expect(await Array.fromAsync(readLines(stream))).toEqual(["ein", "zwölf", "end"]);
  });

  test("readLines rejects a line that is too long", async () => {
    const stream = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(new Uint8Array(16_384).fill(65)),
    });
    await expect(Array.fromAsync(readLines(stream))).rejects.toThrow("longer than");
  });
});
