import { InvalidArgumentError } from "commander";
import { parsePlanes } from "../layers/plane.ts";
import type { Property } from "../layers/property.ts";
import { parseAffine } from "./affine-value.ts";
import { describeError } from "./errors.ts";
import { parseColor } from "./option-values.ts";

/** Placeholder of a property's value in help texts: "<min,max>". Empty for a flag. */
export function valuePlaceholder(property: Property): string {
  switch (property.type) {
    case "boolean":
      return "";
    case "range":
      return "<min,max>";
    case "numbers":
      return `<${property.names.join(",")}>`;
    case "number":
      return `<${property.unit ?? "number"}>`;
    case "text":
      return `<${property.placeholder ?? "name"}>`;
    default:
      return `<${{ choice: "name", color: "color", file: "file", affine: "matrix", planes: "planes" }[property.type]}>`;
  }
}

/**
 * Parses the value of a property.
 *
 * @throws InvalidArgumentError, which commander prints after the option's name
 */
export function parsePropertyValue(property: Property, text: string): unknown {
  switch (property.type) {
    case "boolean":
      return true;
    case "number": {
      const { min, max, integer = false, unit = "" } = property;
      const [value = Number.NaN] = parseNumbers(text, 1);
      const kind = integer ? "whole number" : "number";
      if (value < min || value > max || (integer && !Number.isInteger(value))) {
        throw new InvalidArgumentError(`Write a ${kind}${unit && ` of ${unit}`} from ${min} to ${max}.`);
      }
      return value;
    }
    case "range": {
      const [min = 0, max = 0] = parseNumbers(text, 2);
      if (min > max) throw new InvalidArgumentError(`The first number must not exceed the second.`);
      return [min, max];
    }
    case "numbers":
      return parseNumbers(text, property.names.length);
    case "choice": {
      if (property.choices.includes(text)) return text;
      throw new InvalidArgumentError(`Allowed choices are ${property.choices.join(", ")}.`);
    }
    case "color":
      return parseColor(text);
    case "affine":
      return parseAffine(text);
    case "planes":
      return checkPlanes(text);
    case "text":
    case "file":
      if (text === "") throw new InvalidArgumentError("It must not be empty.");
      return text;
  }
}

function checkPlanes(text: string): string {
  try {
    parsePlanes(text);
    return text;
  } catch (error) {
    throw new InvalidArgumentError(`${describeError(error).replace(/^./, (first) => first.toUpperCase())}.`);
  }
}

function parseNumbers(text: string, count: number): number[] {
  const numbers = text.split(",").map((part) => (part.trim() === "" ? Number.NaN : Number(part)));
  if (numbers.length === count && numbers.every(Number.isFinite)) return numbers;
  throw new InvalidArgumentError(
    count === 1 ? "Write a number." : `Write ${count} numbers, separated by commas.`,
  );
}
