/** Content of a TrackVis file. Coordinates are those of the file: mm from the corner of the first voxel. */
export interface TrkContent {
  readonly streamlines: readonly (readonly (readonly number[])[])[];
  readonly bigEndian?: boolean;
  /** Default: 2. */
  readonly version?: number;
  /** Default: 10, 20, 30. */
  readonly dims?: readonly number[];
  /** Default: 1, 1, 1. */
  readonly voxelSize?: readonly number[];
  /** Row-major 4x4; default: the identity. */
  readonly matrix?: readonly number[];
  /** Default: RAS. */
  readonly order?: string;
  /** Names of the values after x, y, z of each point. */
  readonly scalarNames?: readonly string[];
  readonly propertyNames?: readonly string[];
  /** Values of each streamline. */
  readonly properties?: readonly (readonly number[])[];
  /** Default: the number of streamlines. */
  readonly count?: number;
}

/** Size of the header. */
export const TRK_HEADER = 1000;

/** Makes a TrackVis file. The values of a point after z are its scalars. */
export function trkFile(content: TrkContent): Buffer {
  const { streamlines, properties = [], scalarNames = [], propertyNames = [] } = content;
  const little = content.bigEndian !== true;
  const header = Buffer.alloc(TRK_HEADER);
  const view = new DataView(header.buffer, header.byteOffset, TRK_HEADER);
  const floats = (offset: number, values: readonly number[]): void => {
    for (const [i, value] of values.entries()) view.setFloat32(offset + 4 * i, value, little);
  };
  header.write("TRACK", 0, "latin1");
  for (const [i, size] of (content.dims ?? [10, 20, 30]).entries()) view.setInt16(6 + 2 * i, size, little);
  floats(12, content.voxelSize ?? [1, 1, 1]);
  view.setInt16(36, (streamlines[0]?.[0]?.length ?? 3) - 3, little);
  for (const [i, name] of scalarNames.entries()) header.write(name, 38 + 20 * i, "latin1");
  view.setInt16(238, properties[0]?.length ?? 0, little);
  for (const [i, name] of propertyNames.entries()) header.write(name, 240 + 20 * i, "latin1");
  floats(440, content.matrix ?? [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]);
  header.write(content.order ?? "RAS", 948, "latin1");
  view.setInt32(988, content.count ?? streamlines.length, little);
  view.setInt32(992, content.version ?? 2, little);
  view.setInt32(996, TRK_HEADER, little);
  const body = streamlines.map((points, i) => {
    const values = [...points.flat(), ...(properties[i] ?? [])];
    const part = new DataView(new ArrayBuffer(4 + 4 * values.length));
    part.setInt32(0, points.length, little);
    for (const [k, value] of values.entries()) part.setFloat32(4 + 4 * k, value, little);
    return new Uint8Array(part.buffer);
  });
  return Buffer.concat([header, ...body]);
}
