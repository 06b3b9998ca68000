import { DataError } from "../load-error.ts";

export type MessagePackValue =
  | null
  | boolean
  | number
  | string
  | Uint8Array
  | readonly MessagePackValue[]
  | ReadonlyMap<string, MessagePackValue>;

/** Maximum depth of nested values; a BinaryCIF file has about 10. */
const MAX_DEPTH = 64;

/**
 * Decodes MessagePack (https://github.com/msgpack/msgpack/blob/master/spec.md), without extension types. Byte strings are views.
 *
 * @throws DataError for damaged data
 */
export function decodeMessagePack(bytes: Uint8Array): MessagePackValue {
  return new Decoder(bytes).value(0);
}

class Decoder {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  value(depth: number): MessagePackValue {
    if (depth > MAX_DEPTH) throw new DataError("its values are nested too deeply");
    const type = this.#unsigned(1);
    if (type < 0x80) return type;
    if (type < 0x90) return this.#map(type & 15, depth);
    if (type < 0xa0) return this.#array(type & 15, depth);
    if (type < 0xc0) return this.#string(type & 31);
    if (type >= 0xe0) return type - 256;
    switch (type) {
      case 0xc0:
        return null;
      case 0xc2:
        return false;
      case 0xc3:
        return true;
      case 0xc4:
      case 0xc5:
      case 0xc6:
        return this.#take(this.#unsigned(2 ** (type - 0xc4)));
      case 0xca:
        return this.#view.getFloat32(this.#advance(4));
      case 0xcb:
        return this.#view.getFloat64(this.#advance(8));
      case 0xcc:
      case 0xcd:
      case 0xce:
      case 0xcf:
        return this.#unsigned(2 ** (type - 0xcc));
      case 0xd0:
        return this.#view.getInt8(this.#advance(1));
      case 0xd1:
        return this.#view.getInt16(this.#advance(2));
      case 0xd2:
        return this.#view.getInt32(this.#advance(4));
      case 0xd3:
        return Number(this.#view.getBigInt64(this.#advance(8)));
      case 0xd9:
      case 0xda:
      case 0xdb:
        return this.#string(this.#unsigned(2 ** (type - 0xd9)));
      case 0xdc:
      case 0xdd:
        return this.#array(this.#unsigned(type === 0xdc ? 2 : 4), depth);
      case 0xde:
      case 0xdf:
        return this.#map(this.#unsigned(type === 0xde ? 2 : 4), depth);
    }
    throw new DataError(`it has an unknown MessagePack type (${type}) at byte ${this.#at - 1}`);
  }

  #map(count: number, depth: number): Map<string, MessagePackValue> {
    const map = new Map<string, MessagePackValue>();
    for (let i = 0; i < count; i += 1) {
      const key = this.value(depth + 1);
      map.set(String(key), this.value(depth + 1));
    }
    return map;
  }

  #array(count: number, depth: number): MessagePackValue[] {
    const values: MessagePackValue[] = [];
    for (let i = 0; i < count; i += 1) values.push(this.value(depth + 1));
    return values;
  }

  #string(length: number): string {
    return new TextDecoder().decode(this.#take(length));
  }

  #unsigned(size: number): number {
    const at = this.#advance(size);
    if (size === 1) return this.#view.getUint8(at);
    if (size === 2) return this.#view.getUint16(at);
    return size === 4 ? this.#view.getUint32(at) : Number(this.#view.getBigUint64(at));
  }

  #take(length: number): Uint8Array {
    const at = this.#advance(length);
    return this.#bytes.subarray(at, at + length);
  }

  /** @returns the offset before */
  #advance(length: number): number {
    const at = this.#at;
    if (at + length > this.#bytes.length) throw new DataError("it ends in the middle of a value");
    this.#at += length;
    return at;
  }
}
