/** Values of the left and right cortex with 4 vertices each, of which the third of the right one has no value. */
export interface CiftiSample {
  /** The map of the columns. Default: two scalars. */
  readonly columns?: string;
  /** The map of the rows. */
  readonly rows?: string;
  readonly width?: number;
  readonly height?: number;
  readonly littleEndian?: boolean;
  /** Default: 0, 1, 2, … */
  readonly values?: readonly number[];
  readonly version?: string;
}

export const BRAIN_MODELS = `<MatrixIndicesMap AppliesToMatrixDimension="1" IndicesMapToDataType="CIFTI_INDEX_TYPE_BRAIN_MODELS">
<BrainModel IndexOffset="0" IndexCount="4" ModelType="CIFTI_MODEL_TYPE_SURFACE" BrainStructure="CIFTI_STRUCTURE_CORTEX_LEFT" SurfaceNumberOfVertices="4">
<VertexIndices>0 1 2 3</VertexIndices></BrainModel>
<BrainModel IndexOffset="4" IndexCount="3" ModelType="CIFTI_MODEL_TYPE_SURFACE" BrainStructure="CIFTI_STRUCTURE_CORTEX_RIGHT" SurfaceNumberOfVertices="4">
<VertexIndices>0 1 3</VertexIndices></BrainModel>
<BrainModel IndexOffset="7" IndexCount="1" ModelType="CIFTI_MODEL_TYPE_VOXELS" BrainStructure="CIFTI_STRUCTURE_THALAMUS_LEFT">
<VoxelIndicesIJK>1 2 3</VoxelIndicesIJK></BrainModel>
<Volume VolumeDimensions="8,8,8"></Volume>
</MatrixIndicesMap>`;

export const PARCELS = `<MatrixIndicesMap AppliesToMatrixDimension="1" IndicesMapToDataType="CIFTI_INDEX_TYPE_PARCELS">
<Surface BrainStructure="CIFTI_STRUCTURE_CORTEX_LEFT" SurfaceNumberOfVertices="4"/>
<Parcel Name="a"><Vertices BrainStructure="CIFTI_STRUCTURE_CORTEX_LEFT">0 2</Vertices></Parcel>
<Parcel Name="b"><Vertices BrainStructure="CIFTI_STRUCTURE_CORTEX_LEFT">1</Vertices><VoxelIndicesIJK>1 1 1</VoxelIndicesIJK></Parcel>
</MatrixIndicesMap>`;

const SCALARS = `<MatrixIndicesMap AppliesToMatrixDimension="0" IndicesMapToDataType="CIFTI_INDEX_TYPE_SCALARS">
<NamedMap><MapName>thickness</MapName></NamedMap><NamedMap><MapName>myelin</MapName></NamedMap></MatrixIndicesMap>`;

export const SERIES = `<MatrixIndicesMap AppliesToMatrixDimension="0" IndicesMapToDataType="CIFTI_INDEX_TYPE_SERIES"
NumberOfSeriesPoints="2" SeriesExponent="-3" SeriesStart="500" SeriesStep="720" SeriesUnit="SECOND"/>`;

export const LABELS = `<MatrixIndicesMap AppliesToMatrixDimension="0" IndicesMapToDataType="CIFTI_INDEX_TYPE_LABELS">
<NamedMap><MapName>areas</MapName><LabelTable>
<Label Key="0" Red="0" Green="0" Blue="0" Alpha="0">???</Label><Label Key="1" Red="1" Green="0" Blue="0" Alpha="1">V1</Label>
</LabelTable></NamedMap></MatrixIndicesMap>`;

export function ciftiFile({
  columns = SCALARS,
  rows = BRAIN_MODELS,
  width = 2,
  height = 8,
  littleEndian = true,
  values = Array.from({ length: width * height }, (_, i) => i),
  version = "2",
}: CiftiSample = {}): Buffer {
  const xml = Buffer.from(
    `<?xml version="1.0"?>\n<CIFTI Version="${version}"><Matrix><MetaData/>${columns}${rows}</Matrix></CIFTI>`,
  );
  const extension = Math.ceil((8 + xml.length) / 16) * 16;
  const start = 544 + extension;
  const file = Buffer.alloc(start + 4 * values.length);
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const long = (offset: number, value: number): void => view.setBigInt64(offset, BigInt(value), littleEndian);
  view.setInt32(0, 540, littleEndian);
  file.write("n+2\0\r\n\x1a\n", 4, "latin1");
  view.setInt16(12, 16, littleEndian);
  [6, 1, 1, 1, 1, width, height, 1].forEach((size, i) => void long(16 + 8 * i, size));
  long(168, start);
  view.setInt32(504, 3006, littleEndian);
  file[540] = 1;
  view.setInt32(544, extension, littleEndian);
  view.setInt32(548, 32, littleEndian);
  xml.copy(file, 552);
  values.forEach((value, i) => void view.setFloat32(start + 4 * i, value, littleEndian));
  return file;
}
