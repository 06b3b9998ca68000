import { describe, expect, test } from "bun:test";
import { parsePort, parseSize, parseToken } from "../../src/cli/option-values.ts";
import { runScenecast } from "../support/scenecast.ts";
import { expectRefusal } from "./refusals.ts";

describe("option values", () => {
  test("a size is two whole numbers of pixels from 1 to 8192", () => {
    expect(parseSize("1280x720")).toEqual([1280, 720]);
    expect(parseSize(" 1X8192 ")).toEqual([1, 8192]);
    for (const bad of ["0x0", "100000x100000", "1280", "1280x", "-1x5", "1e3x5", "NaNx5", "8193x1", ""]) {
      expect(() => parseSize(bad), bad).toThrow(/pixels/);
    }
  });

  test("a port is a whole number from 0 to 65535", () => {
    expect([parsePort("0"), parsePort("8000"), parsePort("65535")]).toEqual([0, 8000, 65535]);
    for (const bad of ["65536", "-1", "8000.5", "http", ""])
      expect(() => parsePort(bad), bad).toThrow(/0 to 65535/);
  });

  test("a token has 8 to 256 characters that need no escaping", () => {
    expect(parseToken("correct-horse_1.2~")).toBe("correct-horse_1.2~");
    for (const bad of ["short", "white space in it", "a".repeat(257), "semi;colon12"])
      expect(() => parseToken(bad), bad).toThrow(/8 to 256/);
  });
});

describe("the command line", () => {
  test("--version and --help print on standard output and exit with 0", async () => {
    const version = await runScenecast(["--version"]);
    expect(version).toMatchObject({ exitCode: 0, stderr: "" });
    expect(version.stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
    const help = await runScenecast(["--help"]);
    expect(help.exitCode).toBe(0);
    for (const command of ["view", "serve", "render", "doctor", "licenses"])
      expect(help.stdout).toContain(command);
    expect(help.stdout).not.toContain("__renderer");
  });

  test.each([
    [["view", "--size", "0x0"], "--size", "1 to 8192"],
    [["view", "--size", "100000x100000"], "--size", "1 to 8192"],
    [["view", "--port", "99999"], "--port", "0 to 65535"],
    [["view", "--up", "w"], "--up", "Allowed choices"],
    [["view", "--gl-backend", "vulkan"], "--gl-backend", "Allowed choices"],
    [["view", "--no-such-option"], "--no-such-option", "unknown option"],
    [["view", "--colr=red"], "'--colr'", "did you mean '--color'?\n"],
    [["serve", "--tokn", "secret"], "'--tokn'", "did you mean '--token'?\n"],
    [["render", "a.obj"], "--output", "not specified"],
    [["render", "-o", "a.png"], "files", "missing required argument"],
  ])("bad usage exits with 2 and a message that names the argument: %p", async (args, name, reason) => {
    await expectRefusal(args, 2, name, reason);
  });

  test("an invalid option in the environment is bad usage and is named", async () => {
    const { exitCode, stderr } = await runScenecast(["view"], { SCENECAST_SIZE: "big" });
    expect(exitCode).toBe(2);
    expect(stderr).toContain("SCENECAST_SIZE");
  });
});
