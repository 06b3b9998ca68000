#!/usr/bin/env bun
import { Command, CommanderError } from "commander";
import packageJson from "../package.json" with { type: "json" };
import { CommandError, describeError } from "./cli/errors.ts";
import { unknownCommandMessage, withImpliedView } from "./cli/implied-view.ts";
import { exitWithLauncher } from "./cli/launcher.ts";
import { shared } from "./cli/options.ts";
import { formatAlternatives } from "./formats/registry.ts";

const EXAMPLES = `
Examples:
  scenecast bunny.obj                         see it at http://localhost:8000/
  scenecast view --up z part.stl --open       and open this machine's browser
  scenecast render bunny.obj -o bunny.png     one picture, no server
  scenecast doctor                            what this machine can do

Every option can also be set in the environment: --port 9000 is SCENECAST_PORT=9000.`;

/** Every subcommand in one list. Each loads its code when it runs, so that --help and start-up stay quick. */
function buildProgram(): Command {
  const program = new Command("scenecast")
    .description("Render a 3D scene on the machine that has the data; see it and move it in any browser.")
    .version(packageJson.version, "-V, --version")
    .addHelpText("after", EXAMPLES)
    .usage("<command> [options]")
    .helpCommand(false)
    .showSuggestionAfterError()
    .exitOverride()
    .configureOutput({
      outputError: (text, write) =>
        write(`scenecast: ${unknownCommandMessage(text).replace(/^error: /, "")}`),
    });

  program
    .command("view")
    .summary("render files and serve the view")
    .description("Render files (or the built-in demo scene) and serve the view to any browser.")
    .argument("[files...]", `${formatAlternatives()} files; several make one scene`)
    .addOption(shared.host())
    .addOption(shared.port())
    .addOption(shared.token())
    .addOption(shared.viewToken())
    .addOption(shared.allowOrigin())
    .addOption(shared.trustedProxy())
    .addOption(shared.tlsCert())
    .addOption(shared.tlsKey())
    .addOption(shared.maxViewers())
    .addOption(shared.iceServer())
    .addOption(shared.size())
    .addOption(shared.fixedSize())
    .addOption(shared.up())
    .addOption(shared.root())
    .addOption(shared.background())
    .addOption(shared.glBackend())
    .addOption(shared.open())
    .addOption(shared.watch())
    .addOption(shared.json())
    .addOption(shared.logLevel())
    .action(async (files, options) => (await import("./cli/view.ts")).view(files, options));

  program
    .command("serve")
    .summary("serve frames that another process writes")
    .description("Serve frames that another process, for example FURY in Python, writes into shared memory.")
    .addOption(shared.imageBuffers())
    .addOption(shared.infoBuffer())
    .addOption(shared.queueBuffer())
    .addOption(shared.queueHeadTail())
    .addOption(shared.names())
    .addOption(shared.msJpeg())
    .addOption(shared.noMjpeg())
    .addOption(shared.noWebrtc())
    .addOption(shared.host())
    .addOption(shared.port())
    .addOption(shared.token())
    .addOption(shared.viewToken())
    .addOption(shared.allowOrigin())
    .addOption(shared.trustedProxy())
    .addOption(shared.tlsCert())
    .addOption(shared.tlsKey())
    .addOption(shared.maxViewers())
    .addOption(shared.iceServer())
    .addOption(shared.json())
    .addOption(shared.logLevel())
    .action(async (options) => (await import("./cli/serve.ts")).serve(options));

  program
    .command("render")
    .summary("render one picture and exit")
    .description("Render one picture of files and exit.")
    .argument("<files...>", `${formatAlternatives()} files; several make one scene`)
    .requiredOption(
      "-o, --output <file>",
      "PNG or JPEG file to write, by its name; - writes PNG to standard output",
    )
    .addOption(shared.size())
    .addOption(shared.up())
    .addOption(shared.root())
    .addOption(shared.backgroundOrTransparent())
    .option(
      "--camera <json>",
      "viewpoint, as the page's /state reports it; file takes the first camera of a glTF file",
    )
    .addOption(shared.strict())
    .addOption(shared.glBackend())
    .addOption(shared.json())
    .addOption(shared.logLevel())
    .action(async (files, options) => (await import("./cli/render.ts")).render(files, options));

  program
    .command("doctor")
    .summary("say what this machine can do")
    .description(
      "Say what GL drivers, GPU, shared memory and limits there are, and what to do about what is missing.",
    )
    .addOption(shared.json())
    .action(async (options) => (await import("./cli/doctor.ts")).doctor(options));

  program
    .command("licenses")
    .summary("print the notices of everything inside")
    .description("Print the licences of everything that this executable contains.")
    .action(async () => (await import("./cli/licenses.ts")).licenses());

  program
    .command("__renderer", { hidden: true })
    .description("The process that renders for view.")
    .argument("<parent>", "process id of view")
    .action(async (parent) => (await import("./cli/renderer.ts")).runRenderer(Number(parent)));

  return program;
}

try {
  await exitWithLauncher();
  const program = buildProgram();
  await program.parseAsync(withImpliedView(program, process.argv.slice(2)), { from: "user" });
} catch (error) {
  if (error instanceof CommanderError) {
    // Commander has printed its sentence; help and version end well, everything else is bad usage.
    process.exit(error.exitCode === 0 ? 0 : 2);
  }
  process.stderr.write(`scenecast: ${describeError(error)}\n`);
  process.exit(error instanceof CommandError ? error.exitCode : 1);
}
