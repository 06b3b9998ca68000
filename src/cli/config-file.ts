import { readFileSync } from "node:fs";
import { type Command, InvalidArgumentError, type Option } from "commander";
import type { LayerStyle } from "../layers/layer.ts";
import { CommandError, codeOf } from "./errors.ts";
import { parseLayerOption } from "./layer-options.ts";

/** Names of options without the dashes, and their values: {"port": 9000, "colormap": "magma", "axes": true}. */
type Config = Readonly<Record<string, string | number | boolean>>;

/**
 * Applies the configuration file to a command, as defaults below environment variables and the command line. Options of other commands
 * are ignored.
 *
 * @param all every command, to tell an option of another command from one that does not exist
 * @returns the properties that it sets for all layers
 * @throws CommandError if the file is not valid
 */
export function applyConfigFile(path: string, command: Command, all: readonly Command[]): LayerStyle {
  const style: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(readConfig(path))) {
    const layerOption = parseOrExplain(path, name, () => parseLayerOption(name, value));
    if (layerOption !== undefined) {
      style[layerOption.name] = layerOption.value;
      continue;
    }
    const isNamed = ({ long }: Option): boolean => long === `--${name}`;
    if (!all.some(({ options }) => options.some(isNamed))) {
      throw new CommandError(`${path}: there is no option --${name}; scenecast --help lists the options.`, 2);
    }
    const option = command.options.find(isNamed);
    if (option === undefined || value === false) continue;
    const parsed = parseOrExplain(path, name, () => parseOption(option, value));
    command.setOptionValueWithSource(option.attributeName(), parsed, "config");
  }
  return style;
}

function readConfig(path: string): Config {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    if (codeOf(error) === "ENOENT") return {};
    throw new CommandError(`${path}: the configuration file cannot be read (${codeOf(error)}).`, 2);
  }
  try {
    const config: unknown = JSON.parse(text);
    if (isConfig(config)) return config;
  } catch {
    // Not JSON.
  }
  throw new CommandError(
    `${path}: the configuration file must be a JSON object of option names and values, such as {"port": 9000, "axes": true}.`,
    2,
  );
}

function isConfig(value: unknown): value is Config {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  return Object.values(value).every((entry) => ["string", "number", "boolean"].includes(typeof entry));
}

function parseOption(option: Option, value: string | number | boolean): unknown {
  if (option.isBoolean()) {
    if (value === true) return !option.negate;
    throw new InvalidArgumentError("Write true.");
  }
  return option.parseArg === undefined ? String(value) : option.parseArg(String(value), undefined);
}

function parseOrExplain<T>(path: string, name: string, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof InvalidArgumentError)) throw error;
    throw new CommandError(`${path}: the value of ${name} is invalid. ${error.message}`, 2);
  }
}
