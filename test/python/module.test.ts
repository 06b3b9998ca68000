import { describe, expect, test } from "bun:test";
import { chmodSync, existsSync } from "node:fs";
import { join } from "node:path";
import { pythonModule } from "../../src/cli/python-module.ts";
import * as keyCodes from "../../src/memory/key-codes.ts";
import * as layout from "../../src/memory/layout.generated.ts";
import { PythonModuleProgram } from "../support/python-module.ts";
import { COMMAND } from "../support/scenecast.ts";
import { TemporaryDirectory } from "../support/temporary-directory.ts";
import { testIf } from "../support/test-if.ts";

const SOURCES = join(import.meta.dir, "../../src/python");
const { version } = await Bun.file(join(import.meta.dir, "../../package.json")).json();

describe("the Python package", () => {
  const missing = existsSync("/usr/bin/mypy") ? "" : "mypy is not installed";
  testIf(missing)("mypy accepts it in strict mode for Python 3.9", async () => {
    using cache = new TemporaryDirectory();
    const mypy = Bun.spawn(["/usr/bin/mypy", `--cache-dir=${cache.path}`, "scenecast"], {
      cwd: SOURCES,
      stdout: "pipe",
      stderr: "inherit",
    });
    expect(await new Response(mypy.stdout).text()).toStartWith("Success: no issues found");
  });

  test("its offsets, keys and version are those of the C header and of package.json", async () => {
    await using program = PythonModuleProgram.start("constants.py");
    const at = layout.EXTENSION_START;
    expect(await program.next<unknown>()).toEqual({
      version,
      keys: [...keyCodes.NAMED_KEYS],
      layout: {
        EXTENSION: at,
        PAGE: layout.PAGE_BYTES,
        MAGIC: layout.MAGIC,
        VERSION: layout.VERSION,
        CURRENT_BUFFER: layout.INFO_LAYOUT.currentBuffer,
        SIZES: layout.INFO_LAYOUT.sizes,
        FRAME_WORD: at + layout.EXTENSION_LAYOUT.frameWord,
        RENDERER_WORD: at + layout.EXTENSION_LAYOUT.rendererWord,
        VIEWERS: at + layout.EXTENSION_LAYOUT.viewers,
        EVENT_CAPABILITIES: at + layout.EXTENSION_LAYOUT.eventCapabilities,
        SERVER_SIGNALS: at + layout.EXTENSION_LAYOUT.serverSignals,
        RENDERS: at + layout.EXTENSION_LAYOUT.renders,
        SLOTS: at + layout.EXTENSION_LAYOUT.slots,
        SLOT_BYTES: layout.SLOT_LAYOUT.bytes,
        SLOT_FIELDS: "<IddddII",
        TOP_DOWN: layout.SLOT_FLAG.topDown,
        PIXEL_FORMATS: { 3: layout.PIXEL_FORMAT.rgb, 4: layout.PIXEL_FORMAT.rgba },
        ALL_EVENT_CAPABILITIES: Object.values(layout.EVENT_CAPABILITY).reduce((sum, bit) => sum | bit, 0),
        QUEUE_ROWS: layout.QUEUE_LAYOUT.rows,
        EVENT_BYTES: layout.EVENT_LAYOUT.bytes,
        EVENT_VALUES: layout.EVENT_LAYOUT.bytes / 8,
      },
    });
  });

  test("the single file that `scenecast python` prints works in an empty folder, with all submodules", async () => {
    using folder = new TemporaryDirectory();
    folder.write("scenecast.py", pythonModule());
    chmodSync(folder.write("scenecast", `#!/bin/sh\nexec '${COMMAND.join("' '")}' "$@"\n`), 0o755);
    const program = join(import.meta.dir, "programs/single_file.py");
    await using run = new PythonModuleProgram([program, folder.path], { env: { PYTHONPATH: folder.path } });
    expect(await run.ended()).toEqual({ exitCode: 0, stdout: "", stderr: "" });
  });
});
