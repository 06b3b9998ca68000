import { describe, expect, test } from "bun:test";
import { PythonModuleProgram } from "../support/python-module.ts";

describe("scenecast.Stream", () => {
  test("/snapshot.png is equal to the written frame, whatever its strides, size and format", async () => {
    await using program = PythonModuleProgram.start("frames.py");
    expect(await program.ended()).toMatchObject({ exitCode: 0, stdout: "" });
  });
});
