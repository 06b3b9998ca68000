// Supervises a renderer as `view` does. Arguments: the file or scene module, and the timeouts as JSON. Prints each event as a JSON line, with the pid
// of the renderer; ends with standard input.
import { readdirSync, readFileSync } from "node:fs";
import { isSceneModule } from "../../../src/cli/modules/module-files.ts";
import type { LivenessLimits } from "../../../src/cli/renderer-liveness.ts";
import { RendererSupervisor } from "../../../src/cli/renderer-supervisor.ts";
import { documentOf } from "../../../src/document/document-layers.ts";

const [, , command = "", argument = ""] = process.argv;
if (command === "__renderer") {
  const { runRenderer } = await import("../../../src/cli/renderer.ts");
  await runRenderer(Number(argument));
} else {
  const limits = JSON.parse(argument) as LivenessLimits;
  const print = (line: object) => process.stdout.write(`${JSON.stringify(line)}\n`);
  const renderer = () =>
    readdirSync("/proc").find((pid) => {
      try {
        return readFileSync(`/proc/${pid}/stat`, "latin1").split(") ")[1]?.split(" ")[1] === `${process.pid}`;
      } catch {
        return false;
      }
    });
  const supervisor = new RendererSupervisor(
    {
      ...(isSceneModule(command)
        ? { document: documentOf([]), module: command }
        : { document: documentOf([{ path: command }]) }),
      size: [64, 48],
      maxSize: [64, 48],
      glBackend: "angle",
      logLevel: "error",
    },
    { attach: () => {}, lastView: () => undefined, limits },
  );
  supervisor.on("status", (status) => print({ ...status, pid: Number(renderer() ?? 0) }));
  supervisor.on("exited", (reason) => print({ exited: reason }));
  supervisor.on("halted", (halted) => print({ halted }));
  supervisor.on("failed", (message) => print({ failed: message }));
  supervisor.start();
  await Bun.stdin.text();
  await supervisor.stop();
}
