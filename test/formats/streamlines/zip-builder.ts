import { crc32, deflateRawSync } from "node:zlib";

export interface ZipPart {
  readonly name: string;
  readonly content: Uint8Array | string;
  /** Default: stored. */
  readonly deflate?: boolean;
  /** Size of the extra field of the local header, which the directory does not have; default: 0. */
  readonly localExtra?: number;
  /** Whether sizes are in a ZIP64 extra field; default: false. */
  readonly zip64?: boolean;
  /** Overrides the declared size. */
  readonly size?: number;
}

/** Makes a ZIP archive. */
export function zipFile(parts: readonly ZipPart[], comment = ""): Buffer {
  const locals: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { name, content, deflate = false, localExtra = 0, zip64 = false, size } of parts) {
    const bytes = Buffer.from(content);
    const data = deflate ? deflateRawSync(bytes) : bytes;
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(deflate ? 8 : 0, 4);
    common.writeUInt32LE(crc32(bytes), 10);
    common.writeUInt32LE(zip64 ? 0xffffffff : data.length, 14);
    common.writeUInt32LE(zip64 ? 0xffffffff : (size ?? bytes.length), 18);
    common.writeUInt16LE(name.length, 22);
    const extra = Buffer.alloc(zip64 ? 20 : 0);
    if (zip64) {
      extra.writeUInt16LE(1, 0);
      extra.writeUInt16LE(16, 2);
      extra.writeBigUInt64LE(BigInt(size ?? bytes.length), 4);
      extra.writeBigUInt64LE(BigInt(data.length), 12);
    }
    const local = Buffer.from(common);
    local.writeUInt16LE(localExtra, 24);
    const head = [
      Buffer.from("PK\x03\x04", "latin1"),
      local,
      Buffer.from(name),
      Buffer.alloc(localExtra, 0xaa),
      data,
    ];
    locals.push(...head);
    const place = Buffer.alloc(14);
    place.writeUInt32LE(offset, 10);
    const central = Buffer.from(common);
    central.writeUInt16LE(extra.length, 24);
    directory.push(Buffer.from("PK\x01\x02\x14\0", "latin1"), central, place, Buffer.from(name), extra);
    offset += Buffer.concat(head).length;
  }
  const entries = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write("PK\x05\x06", "latin1");
  end.writeUInt16LE(parts.length, 8);
  end.writeUInt16LE(parts.length, 10);
  end.writeUInt32LE(entries.length, 12);
  end.writeUInt32LE(offset, 16);
  end.writeUInt16LE(comment.length, 20);
  return Buffer.concat([...locals, entries, end, Buffer.from(comment)]);
}
