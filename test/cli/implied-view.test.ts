import { afterAll, describe, expect, test } from "bun:test";
import { cornerObj } from "../support/model.ts";
import { RunningScenecast, runScenecast, runUntilReady } from "../support/scenecast.ts";
import { TemporaryDirectory } from "../support/temporary-directory.ts";

const files = new TemporaryDirectory();
const model = files.write("corner.obj", cornerObj());
afterAll(() => files[Symbol.dispose]());

describe("scenecast FILE", () => {
  test.each([
    ["alone", [model], { SCENECAST_PORT: "0" }],
    ["after options of view", ["--port", "0", "--size", "64x48", model], {}],
  ])("scenecast FILE (%s) is scenecast view FILE", async (_, args, env) => {
    const { exitCode, stdout } = await runUntilReady(args, env);
    expect(stdout).toStartWith("scenecast ready http://localhost:");
    expect(exitCode).toBe(0);
  });

  test("scenecast FILE for a missing file reports the error of view", async () => {
    const { exitCode, stderr } = await runScenecast([`${files.path}/cwo.obj`]);
    expect(exitCode).toBe(1);
    expect(stderr).toBe(`scenecast: ${files.path}/cwo.obj: there is no such file\n`);
  });
});

test.each([
  ["veiw", "Did you mean view? "],
  ["doctr", "Did you mean doctor? "],
  ["frobnicate", ""],
])("the mistyped command %s is bad usage, with a suggestion if one is similar", async (typed, hint) => {
  const { exitCode, stdout, stderr } = await runScenecast([typed]);
  expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: "" });
  expect(stderr).toBe(
    `scenecast: There is no command and no file "${typed}". ${hint}` +
      "scenecast --help lists the commands; scenecast FILE shows a file.\n",
  );
});

test.each([
  ["is not there", undefined],
  ["fails", "#!/bin/sh\nexit 3\n"],
])("--open prints the address if xdg-open %s", async (_, script) => {
  using folder = new TemporaryDirectory();
  if (script !== undefined) Bun.spawnSync(["chmod", "755", folder.write("xdg-open", script)]);
  await using app = await RunningScenecast.start([model, "--open"], { env: { PATH: folder.path } });
  await app.state(() => app.stderr.includes(`Open ${app.url} yourself`));
});
