import { resolve } from "node:path";
import { type Command, InvalidArgumentError, Option } from "commander";
import type { LayerStyle } from "../layers/layer.ts";
import { LAYER_PROPERTIES } from "../layers/layer-properties.ts";
import type { Properties, Property } from "../layers/property.ts";
import { parsePropertyValue, valuePlaceholder } from "./property-values.ts";
import { optionName } from "./view-options.ts";

/** Heading of the layer options in help texts. */
const HELP_GROUP = "Options of a layer, for the file before them (before the first file: for all):";

/** Properties of all kinds of layers by option name: "color-by" sets `colorBy`. */
const LAYER_OPTIONS: ReadonlyMap<string, { readonly name: string; readonly property: Property }> = new Map(
  Object.values<Properties>(LAYER_PROPERTIES).flatMap((properties) =>
    Object.entries(properties).map(([name, property]) => [optionName(name), { name, property }]),
  ),
);

/** The options of layers, for help texts. Their values are parsed by `bindLayerOptions`. */
export function layerOptions(): Option[] {
  return [...LAYER_OPTIONS].map(([option, { property }]) => {
    const kinds = Object.entries<Properties>(LAYER_PROPERTIES)
      .filter(([, properties]) => Object.values(properties).includes(property))
      .map(([kind]) => kind);
    const choices = property.type === "choice" ? `: ${property.choices.join(", ")}` : "";
    const flags = `--${option} ${valuePlaceholder(property)}`.trim();
    return new Option(flags, `${property.description}${choices} (${kinds.join(", ")})`).helpGroup(HELP_GROUP);
  });
}

/**
 * Parses the value of a layer option outside of the command line.
 *
 * @returns the property and its value; undefined if no layer has such an option
 * @throws InvalidArgumentError
 */
export function parseLayerOption(
  option: string,
  value: string | number | boolean,
): { readonly name: string; readonly value: unknown } | undefined {
  const found = LAYER_OPTIONS.get(option);
  if (found === undefined) return undefined;
  const { name, property } = found;
  if (property.type !== "boolean") return { name, value: parsePropertyValue(property, String(value)) };
  if (typeof value !== "boolean") throw new InvalidArgumentError("Write true or false.");
  return { name, value };
}

interface BoundLayerOptions {
  /** The arguments without layer options. */
  readonly args: string[];
  /** The style of each file, in the order of the files. */
  readonly styles: LayerStyle[];
}

/**
 * Takes the layer options out of a command's arguments, since commander has no options that belong to the operand before them.
 *
 * @throws CommanderError for an invalid value
 */
export function bindLayerOptions(command: Command, args: readonly string[]): BoundLayerOptions {
  const rest: string[] = [];
  const common: Record<string, unknown> = {};
  const own: Record<string, unknown>[] = [];
  for (let i = 0; i < args.length; i += 1) {
    const arg = args[i] ?? "";
    const [, flag = "", , inline] = /^--([^=]+)(=(.*))?$/s.exec(arg) ?? [];
    const option = LAYER_OPTIONS.get(flag);
    if (arg === "--") {
      for (const _ of args.slice(i + 1)) own.push({});
      rest.push(...args.slice(i));
      break;
    }
    if (option === undefined) {
      rest.push(arg);
      if (!arg.startsWith("-") || arg === "-") own.push({});
      else if (takesNextArgument(command, arg)) {
        i += 1;
        if (i < args.length) rest.push(args[i] ?? "");
      }
      continue;
    }
    const { name, property } = option;
    const isFlag = property.type === "boolean";
    if (!isFlag && inline === undefined) i += 1;
    const text = isFlag ? "" : (inline ?? args[i]);
    if (text === undefined)
      command.error(`error: option '--${flag} ${valuePlaceholder(property)}' argument missing`);
    (own.at(-1) ?? common)[name] = parseValue(command, flag, property, text);
  }
  return { args: rest, styles: own.map((style) => ({ ...common, ...style })) };
}

function parseValue(command: Command, flag: string, property: Property, text: string): unknown {
  try {
    const value = parsePropertyValue(property, text);
    return property.type === "file" ? resolve(text) : value;
  } catch (error) {
    if (!(error instanceof InvalidArgumentError)) throw error;
    const option = `--${flag} ${valuePlaceholder(property)}`;
    return command.error(`error: option '${option}' argument '${text}' is invalid. ${error.message}`);
  }
}

/** Whether an option of the command has its value in the argument after it. */
function takesNextArgument(command: Command, arg: string): boolean {
  if (arg.includes("=")) return false;
  const option = command.options.find(({ short, long }) => arg === short || arg === long);
  return option?.required === true;
}
