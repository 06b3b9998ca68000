export interface PcdParts {
  readonly fields?: string;
  readonly size?: string;
  readonly type?: string;
  readonly count?: string;
  readonly points?: number;
  readonly data?: "ascii" | "binary" | "binary_compressed";
  readonly body: string | Uint8Array;
}

/** A PCD file, version 0.7. */
export function pcdFile(parts: PcdParts): Buffer {
  const { fields = "x y z", size = "4 4 4", type = "F F F", points = 2, data = "binary", body } = parts;
  const header = [
    "# .PCD v0.7 - Point Cloud Data file format",
    "VERSION 0.7",
    `FIELDS ${fields}`,
    `SIZE ${size}`,
    `TYPE ${type}`,
    `COUNT ${parts.count ?? fields.replace(/\S+/g, "1")}`,
    `WIDTH ${points}`,
    "HEIGHT 1",
    "VIEWPOINT 1 2 3 1 0 0 0",
    `POINTS ${points}`,
    `DATA ${data}\n`,
  ];
  return Buffer.concat([Buffer.from(header.join("\n")), Buffer.from(body as Uint8Array)]);
}

/** The sizes and the compressed bytes of DATA binary_compressed, with literals, and references of three bytes or more. */
export function lzfBody(bytes: Uint8Array): Buffer {
  const out: number[] = [];
  let literals: number[] = [];
  const flush = (): void => {
    for (; literals.length > 0; literals = literals.slice(32)) {
      const run = literals.slice(0, 32);
      out.push(run.length - 1, ...run);
    }
  };
  for (let i = 0; i < bytes.length; ) {
    const [distance, length] = longestMatch(bytes, i);
    if (length < 3) {
      literals.push(bytes[i] ?? 0);
      i += 1;
      continue;
    }
    flush();
    const [short, long] = [length - 2, distance - 1];
    if (short < 7) out.push((short << 5) | (long >> 8), long & 255);
    else out.push((7 << 5) | (long >> 8), short - 7, long & 255);
    i += length;
  }
  flush();
  const sizes = Buffer.alloc(8);
  sizes.writeUInt32LE(out.length, 0);
  sizes.writeUInt32LE(bytes.length, 4);
  return Buffer.concat([sizes, Buffer.from(out)]);
}

function longestMatch(bytes: Uint8Array, at: number): [distance: number, length: number] {
  let best: [number, number] = [0, 0];
  for (let distance = 1; distance <= Math.min(at, 8192); distance += 1) {
    let length = 0;
    while (length < 264 && at + length < bytes.length && bytes[at + length] === bytes[at + length - distance])
      length += 1;
    if (length > best[1]) best = [distance, length];
  }
  return best;
}
