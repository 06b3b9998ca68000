import { existsSync } from "node:fs";
import { join } from "node:path";
import { Command, type Option } from "commander";
import packageJson from "../../package.json" with { type: "json" };
import { suggest } from "../document/suggest.ts";
import { formatAlternatives } from "../formats/registry.ts";
import type { LayerStyle } from "../layers/layer.ts";
import { bindLayerOptions, layerOptions } from "./layer-options.ts";
import { parsePictureSize, parseSize } from "./option-values.ts";
import {
  formatOption,
  jsonOption,
  logLevelOption,
  recordOptions,
  renderOptions,
  rootOption,
  sceneOptions,
  serveOptions,
  serverOptions,
  viewOptions,
} from "./options.ts";
import { viewValuesFrom } from "./view-options.ts";

type Commands = typeof import("./commands.ts")["commands"];

const EXAMPLES = `
Examples:
  scenecast bunny.obj                         view it at http://localhost:8000/
  scenecast view --up z part.stl --open       and open this machine's browser
  scenecast render bunny.obj -o bunny.png     one picture, no server
  scenecast record bunny.obj -o bunny.webm    a film of it, which turns around
  scenecast view scene.ts --watch             the scene of a program in TypeScript, with three.js
  scenecast info bundle.trk                   what is in a file
  scenecast doctor                            check what this machine supports

Options except those of a layer can also be set in the environment: --port 9000 is SCENECAST_PORT=9000. Defaults of all options can be
in ~/.config/scenecast/config.json: {"port": 9000, "colormap": "magma"}.`;

/** Commands that show files. */
const LAYER_COMMANDS = ["view", "render", "record"];

const GLOBAL_OPTIONS = ["-h", "--help", "-V", "--version"];

/** Defines the command line. Each command imports its code when it runs, so that --help and start-up stay fast. */
export function buildProgram(): Command {
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

  const view = program
    .command("view")
    .summary("render files and serve the view")
    .description("Render files (or the built-in demo scene) and serve the view to any browser.")
    .argument(
      "[files...]",
      `${formatAlternatives()} files; several make one scene; or a scene document, FILE.scenecast.json; or a scene module, FILE.ts`,
    )
    .action(async (files, options) => (await load("view")).view(files, options));
  addOptions(view, [
    ...serverOptions(),
    ...sceneOptions(parseSize),
    ...viewOptions(),
    ...layerOptions(),
    jsonOption(),
    logLevelOption(),
  ]);

  const serve = program
    .command("serve")
    .summary("serve frames that another process writes")
    .description("Serve frames that another process, for example FURY in Python, writes into shared memory.")
    .action(async (options) => (await load("serve")).serve(options));
  addOptions(serve, [...serveOptions(), ...serverOptions(), jsonOption(), logLevelOption()]);

  const render = program
    .command("render")
    .summary("render one picture and exit")
    .description("Render one picture of files and exit.")
    .argument(
      "<files...>",
      `${formatAlternatives()} files; several make one scene; or a scene document, FILE.scenecast.json; or a scene module, FILE.ts`,
    )
    .requiredOption(
      "-o, --output <file>",
      "PNG, JPEG or WebP file to write, by its extension; - writes PNG to standard output; {model} in the name writes a picture of each file",
    )
    .option(
      "--camera <json>",
      "viewpoint, as the page's /state reports it; file uses the first camera of a glTF file",
    )
    .action(async (files, options) => (await load("render")).render(files, options));
  addOptions(render, [
    ...sceneOptions(parsePictureSize),
    ...renderOptions(),
    ...layerOptions(),
    jsonOption(),
    logLevelOption(),
  ]);

  const record = program
    .command("record")
    .summary("record a film and exit")
    .description(
      "Record a film of files and exit: around the scene (the default), through saved views, or of all time steps.",
    )
    .argument(
      "[files...]",
      `${formatAlternatives()} files; several make one scene; or a scene document, FILE.scenecast.json; or a scene module, FILE.ts (default: that of the first view of --path)`,
    )
    .requiredOption("-o, --output <file>", "WebM file (VP8) or animated WebP file to write, by its extension")
    .action(async (files, options) => (await load("record")).record(files, options));
  addOptions(record, [
    ...sceneOptions(parseSize),
    ...recordOptions(),
    ...layerOptions(),
    jsonOption(),
    logLevelOption(),
  ]);

  const info = program
    .command("info")
    .summary("print what is in files")
    .description("Print what is in files: kind, counts, extent, arrays with their ranges, affine, warnings.")
    .argument("<files...>", `${formatAlternatives()} files, or scene documents, whose files are described`)
    .action(async (files, options) => (await load("info")).info(files, options));
  addOptions(info, [rootOption(), formatOption(), jsonOption()]);

  program
    .command("init")
    .summary("write an example of a scene module")
    .description(
      "Write scene.ts, an example of a scene module in TypeScript, and what an editor needs for its types.",
    )
    .argument("[folder]", "folder to write to (default: the current one)")
    .action(async (folder) => (await load("init")).init(folder));

  program
    .command("doctor")
    .summary("check what this machine supports")
    .description("Check GL drivers, GPU, shared memory and limits, and give advice about problems.")
    .addOption(jsonOption())
    .action(async (options) => (await load("doctor")).doctor(options));

  program
    .command("python")
    .summary("print the Python module")
    .description("Print the Python package as one file: scenecast python > scenecast.py")
    .action(async () => (await load("python")).python());

  program
    .command("licenses")
    .summary("print third-party licences")
    .description("Print the licences of all software that this executable contains.")
    .action(async () => (await load("licenses")).licenses());

  program
    .command("__renderer", { hidden: true })
    .description("Renderer process of view.")
    .argument("<parent>", "process ID of view")
    .option("--egl", "load the system's GL driver")
    .option("--worker", "start the Worker for a large file")
    .action(async (parent, needs) => (await load("renderer")).runRenderer(Number(parent), needs));

  for (const command of program.commands) {
    command.configureOutput({
      outputError: (text, write) =>
        write(`scenecast: ${unknownOptionMessage(text, command).replace(/^error: /, "")}`),
    });
  }
  program
    .command("__recording", { hidden: true })
    .description("Process of view that renders a picture or a film.")
    .argument("<parent>", "process ID of view")
    .action(async (parent) => (await load("recording")).runRecording(Number(parent)));

  return program;
}

/** The path is computed, so that the bundler does not put the commands' code into main.ts. */
async function load<Name extends keyof Commands>(name: Name): Promise<Awaited<ReturnType<Commands[Name]>>> {
  const path = Bun.main.startsWith("/$bunfs/") ? "./cli/commands.js" : "./commands.ts";
  const { commands } = await import(path);
  return commands[name]();
}

function addOptions(command: Command, options: readonly Option[]): void {
  for (const option of options) command.addOption(option);
}

/** Runs the command of the arguments. */
export async function parseArguments(program: Command, given: readonly string[]): Promise<void> {
  const args = withImpliedView(program, given);
  const [name = "", ...rest] = args;
  const command = program.commands.find((candidate) => candidate.name() === name);
  const defaults = command && (await configuredDefaults(command, program));
  if (command === undefined || !LAYER_COMMANDS.includes(name)) {
    await program.parseAsync(args, { from: "user" });
    return;
  }
  const bound = bindLayerOptions(command, rest);
  command.setOptionValue("styles", bound.styles);
  command.setOptionValue("styleDefaults", defaults);
  command.hook("preAction", () => {
    command.setOptionValue("given", viewValuesFrom(command, ["cli", "env"]));
    command.setOptionValue("configured", viewValuesFrom(command, ["config"]));
  });
  await program.parseAsync([name, ...bound.args], { from: "user" });
}

/** Applies the configuration file, whose code is imported only if the file exists. @returns the properties of all layers */
async function configuredDefaults(command: Command, program: Command): Promise<LayerStyle> {
  const path = configPath();
  if (path === undefined || !existsSync(path)) return {};
  return (await import("./config-file.ts")).applyConfigFile(path, command, program.commands);
}

/** Path of the configuration file; undefined in an environment without a home, such as a service's. */
function configPath(): string | undefined {
  const { SCENECAST_CONFIG, XDG_CONFIG_HOME, HOME } = process.env;
  const folder = XDG_CONFIG_HOME || (HOME && join(HOME, ".config"));
  return SCENECAST_CONFIG ?? (folder ? join(folder, "scenecast", "config.json") : undefined);
}

/** Inserts the default command: `scenecast FILE` becomes `scenecast view FILE`, also with options before the file. */
function withImpliedView(program: Command, args: readonly string[]): string[] {
  const [first] = args;
  const isCommand = program.commands.some((command) => command.name() === first);
  if (first === undefined || isCommand || GLOBAL_OPTIONS.includes(first)) return [...args];
  const hasFile = args.some((arg) => arg === "-" || (!arg.startsWith("-") && existsSync(arg)));
  return hasFile || resemblesPath(first) ? ["view", ...args] : [...args];
}

/** Whether the text has a directory or an extension. `view` then reports why the file cannot be shown. */
function resemblesPath(text: string): boolean {
  return !text.startsWith("-") && /\/|\.\w+$/.test(text);
}

/**
 * Replaces commander's "unknown option" message, which repeats the value of the option and finds no similar one then. Returns other
 * messages unchanged.
 */
function unknownOptionMessage(message: string, command: Command): string {
  return message.replace(/^error: unknown option '(--[^'=]+).*/s, (_, given: string) => {
    const known = command.options.filter(({ hidden }) => !hidden).map(({ long }) => long ?? "");
    const similar = suggest(given, known);
    return `unknown option '${given}'${similar === undefined ? "" : `; did you mean '${similar}'?`}\n`;
  });
}

/** Replaces commander's "unknown command" message, since the first word may be a file as well. Returns other messages unchanged. */
function unknownCommandMessage(message: string): string {
  return message.replace(
    /^error: unknown command '(.*)'\n?(?:\((.*)\)\n?)?/s,
    (_, word: string, hint?: string) =>
      `There is no command and no file "${word}". ${hint ? `${hint} ` : ""}scenecast --help lists the commands; scenecast FILE shows a file.\n`,
  );
}
