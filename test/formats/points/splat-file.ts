interface Splat {
  readonly xyz: readonly [number, number, number];
  readonly rgba: readonly [number, number, number, number];
}

/** A .splat file by the description of its format. */
function splatFile(splats: readonly Splat[]): Buffer {
  const file = Buffer.alloc(32 * splats.length);
  for (const [i, { xyz, rgba }] of splats.entries()) {
    xyz.forEach((value, axis) => void file.writeFloatLE(value, 32 * i + 4 * axis));
    [0.1, 0.2, 0.3].forEach((value, axis) => void file.writeFloatLE(value, 32 * i + 12 + 4 * axis));
    file.set([...rgba, 255, 128, 128, 128], 32 * i + 24);
  }
  return file;
}

export const TWO_SPLATS = splatFile([
  { xyz: [1, 2, 3], rgba: [255, 0, 0, 200] },
  { xyz: [-4, 5.5, 6], rgba: [0, 0, 255, 10] },
]);
