import type { Property } from "../layers/property.ts";

/** Describes the values that a property of a document can have, to follow "must be" and for the documentation. */
export function propertyRule(property: Property): string {
  switch (property.type) {
    case "boolean":
      return "true or false";
    case "number": {
      const { min, max, integer = false, unit } = property;
      const isBounded = Math.abs(max) < Number.MAX_VALUE;
      const kind = `a ${integer ? "whole number" : "number"}${unit === undefined ? "" : ` of ${unit}`}`;
      return isBounded ? `${kind} from ${min} to ${max}` : kind;
    }
    case "range":
      return "a list of two numbers, of which the first does not exceed the second";
    case "numbers": {
      const { names, unit } = property;
      return `a list of ${names.length} numbers: ${names.join(", ")}${unit === undefined ? "" : `, in ${unit}`}`;
    }
    case "choice":
      return `one of ${property.choices.join(", ")}`;
    case "color":
      return 'an opaque CSS color, such as "white" or "#202830"';
    case "text":
      return "a text that is not empty";
    case "affine":
      return "a list of 16 numbers: the rows of an invertible matrix, of which the last is 0, 0, 0, 1";
    case "planes":
      return 'planes with semicolons between them, such as "x=10;-z=5" or "0,0,1,10"';
    case "file":
      return "the path of a file";
  }
}
