/** A matrix of a MATLAB file of level 4. */
export function matMatrix(name: string, values: ArrayBufferView, rows = 1): Buffer {
  const types = [Float64Array, Float32Array, Int32Array, Int16Array, Uint16Array, Uint8Array];
  const type = types.findIndex((kind) => values instanceof kind);
  const bytes = Buffer.from(values.buffer as ArrayBuffer, values.byteOffset, values.byteLength);
  const header = Buffer.alloc(20);
  const count = bytes.length / ([8, 4, 4, 2, 2, 1][type] ?? 1);
  for (const [i, value] of [10 * type, rows, count / rows, 0, name.length + 1].entries()) {
    header.writeInt32LE(value, 4 * i);
  }
  return Buffer.concat([header, Buffer.from(`${name}\0`), bytes]);
}

/** The matrix of streamlines, whose points are in 1/32 of a voxel. */
export function trackMatrix(
  streamlines: readonly (readonly (readonly number[])[])[],
  name = "track",
): Buffer {
  const records = streamlines.map((points) => {
    const record = Buffer.alloc(16 + 3 * (points.length - 1));
    record.writeUInt32LE(3 * points.length, 0);
    for (const [i, point] of points.entries()) {
      for (const [axis, value] of point.entries()) {
        if (i === 0) record.writeInt32LE(value, 4 + 4 * axis);
        else record.writeInt8(value - (points[i - 1]?.[axis] ?? 0), 16 + 3 * (i - 1) + axis);
      }
    }
    return record;
  });
  return matMatrix(name, new Uint8Array(Buffer.concat(records)));
}

/** A file of DSI Studio. @param matrix row-major 4x4, from voxels to mm */
export function ttFile(
  streamlines: readonly (readonly (readonly number[])[])[],
  matrix?: readonly number[],
): Buffer {
  return Buffer.concat([
    matMatrix("dimension", new Int32Array([157, 189, 136])),
    matMatrix("voxel_size", new Float32Array([1, 2, 2])),
    ...(matrix === undefined ? [] : [matMatrix("trans_to_mni", new Float32Array(matrix))]),
    matMatrix("report", new Uint8Array(Buffer.from("Made by code."))),
    trackMatrix(streamlines),
  ]);
}
