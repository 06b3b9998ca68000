import type { DataArray, NumericArray } from "../../data-kinds.ts";
import { DataError } from "../../load-error.ts";
import type { AttributeBuilder } from "../attribute-builder.ts";
import type { LegacyText } from "./legacy-text.ts";
import type { LegacyValues } from "./legacy-values.ts";

/** Attributes that are one array: keyword, and number of components. */
const FIXED_COMPONENTS: Readonly<Record<string, number>> = {
  VECTORS: 3,
  NORMALS: 3,
  TENSORS: 9,
  TENSORS6: 6,
  GLOBAL_IDS: 1,
  PEDIGREE_IDS: 1,
  EDGE_FLAGS: 1,
};

/** Reads the arrays after POINT_DATA or CELL_DATA. */
export class LegacyAttributes {
  readonly #text: LegacyText;
  readonly #values: LegacyValues;

  constructor(text: LegacyText, values: LegacyValues) {
    this.#text = text;
    this.#values = values;
  }

  /**
   * Reads one attribute, after its keyword.
   *
   * @param count number of points or cells
   * @returns false if the keyword is not that of an attribute
   * @throws DataError
   */
  async read(keyword: string, count: number, builder: AttributeBuilder): Promise<boolean> {
    const text = this.#text;
    const components = FIXED_COMPONENTS[keyword];
    if (components !== undefined) {
      const name = await this.#name();
      const type = (await text.word()) ?? "";
      const array = { name, components, values: await this.#values.numbers(type, components * count) };
      if (keyword === "NORMALS") builder.setNormals(array);
      else builder.add(array);
      return true;
    }
    switch (keyword) {
      case "SCALARS":
        builder.setScalars(await this.#scalars(count));
        return true;
      case "COLOR_SCALARS":
        builder.setScalars(await this.#colorScalars(count));
        return true;
      case "TEXTURE_COORDINATES": {
        const name = await this.#name();
        const dimension = await text.count("texture coordinates");
        const type = (await text.word()) ?? "";
        builder.add({
          name,
          components: dimension,
          values: await this.#values.numbers(type, dimension * count),
        });
        return true;
      }
      case "LOOKUP_TABLE": {
        await text.word();
        await this.#values.numbers(
          this.#values.isBinary ? "unsigned_char" : "float",
          4 * (await text.count("colors")),
        );
        return true;
      }
      case "FIELD":
        await this.readField(builder);
        return true;
      default:
        return false;
    }
  }

  /** Reads the arrays of a field, after its keyword. */
  async readField(builder: AttributeBuilder | undefined): Promise<void> {
    const text = this.#text;
    await text.word();
    const arrays = await text.count("arrays");
    for (let i = 0; i < arrays; i += 1) {
      const name = await this.#fieldArrayName();
      if (name === undefined) return;
      if (name === "NULL_ARRAY") continue;
      const components = await text.count(`components of "${name}"`);
      const tuples = await text.count(`elements of "${name}"`);
      const type = ((await text.word()) ?? "").toLowerCase();
      if (["string", "utf8_string", "variant"].includes(type)) {
        await this.#values.skipStrings(type, components * tuples);
        continue;
      }
      const values = await this.#values.numbers(type, components * tuples);
      builder?.add({ name, components, values });
    }
  }

  async #fieldArrayName(): Promise<string | undefined> {
    for (;;) {
      const word = await this.#text.word();
      if (word !== "METADATA") return word === undefined ? undefined : decodeName(word);
      await this.#text.line();
      await this.#text.skipParagraph();
    }
  }

  async #scalars(count: number): Promise<DataArray> {
    const text = this.#text;
    const name = await this.#name();
    const [type = "", words = "1"] = (await text.line()).trim().split(/\s+/);
    const components = Number(words);
    if (!Number.isInteger(components) || components < 1) {
      throw new DataError(`the scalars "${name}" have ${words} components: the file is damaged`);
    }
    if ((await text.peekWord())?.toUpperCase() === "LOOKUP_TABLE") {
      await text.word();
      await text.word();
    } else if (this.#values.isBinary) {
      throw new DataError(`the scalars "${name}" are not followed by LOOKUP_TABLE: the file is damaged`);
    }
    return { name, components, values: await this.#values.numbers(type, components * count) };
  }

  /** Colors: bytes in a binary file, 0 to 1 in text. */
  async #colorScalars(count: number): Promise<DataArray> {
    const name = await this.#name();
    const components = await this.#text.count(`components of "${name}"`);
    const { isBinary } = this.#values;
    const read = await this.#values.numbers(isBinary ? "unsigned_char" : "float", components * count);
    return { name, components, values: isBinary ? read : toBytes(read) };
  }

  async #name(): Promise<string> {
    return decodeName((await this.#text.word()) ?? "");
  }
}

function toBytes(values: NumericArray): Uint8Array {
  return Uint8Array.from(values, (value) => Math.round(255 * Math.min(1, Math.max(0, value))));
}

/** Names are written with %20 for a space. */
function decodeName(name: string): string {
  return name.replace(/%([0-9a-f]{2})/gi, (_, code: string) =>
    String.fromCharCode(Number.parseInt(code, 16)),
  );
}
