/** A square of two triangles and a quad, with arrays of points and cells. */
export const LEGACY_POLYDATA = `# vtk DataFile Version 3.0
a square
ASCII
DATASET POLYDATA
POINTS 6 float
0 0 0 1 0 0 1 1 0
0 1 0 2 0 0 2 1 0
VERTICES 1 2
1 5
LINES 1 3
2 4 5
POLYGONS 3 13
3 0 1 2
3 0 2 3
4 1 4 5 2
CELL_DATA 5
SCALARS pressure int 1
LOOKUP_TABLE default
9 8 1 2 3
POINT_DATA 6
NORMALS n float
0 0 1 0 0 1 0 0 1 0 0 1 0 0 1 0 0 1
SCALARS temperature%20in%20K double
LOOKUP_TABLE hot
1 2 3 4 5 nan
METADATA
INFORMATION 0

LOOKUP_TABLE hot 2
0 0 1 1 1 0 0 1
VECTORS flow float
1 0 0 1 0 0 1 0 0 1 0 0 1 0 0 1 0 0
FIELD FieldData 2
a 1 6 int
1 2 3 4 5 6
b 2 6 float
1 1 2 2 3 3 4 4 5 5 6 6
`;

/** Two tetrahedra with a common face, and a line. */
export const LEGACY_TETRAHEDRA = `# vtk DataFile Version 2.0
two tetrahedra
ASCII
DATASET UNSTRUCTURED_GRID
FIELD FieldData 1
TIME 1 1 double
0.25
POINTS 5 double
0 0 0  1 0 0  0 1 0  0 0 1  1 1 1
CELLS 3 13
4 0 1 2 3
4 1 2 3 4
2 0 4
CELL_TYPES 3
10 10 3
CELL_DATA 3
SCALARS id int
LOOKUP_TABLE default
7 8 9
`;

/** Version 5.1, where the first number of CELLS is that of the offsets. */
export const LEGACY_51 = `# vtk DataFile Version 5.1
vtk output
ASCII
DATASET POLYDATA
POINTS 4 float
0 0 0 1 0 0 1 1 0 0 1 0
POLYGONS 3 6
OFFSETS vtktypeint64
0 3 6
CONNECTIVITY vtktypeint64
0 1 2 0 2 3
`;

export const LEGACY_IMAGE = `# vtk DataFile Version 1.0
iron
ASCII
DATASET STRUCTURED_POINTS
DIMENSIONS 3 2 2
ASPECT_RATIO 1 2 3
ORIGIN 10 20 30
CELL_DATA 2
SCALARS cells short
LOOKUP_TABLE default
-1 1
POINT_DATA 12
COLOR_SCALARS rgb 3
${"0 0.5 1 ".repeat(12)}
`;

export function binaryLegacy(): Buffer {
  const floats = Buffer.alloc(4 * 9);
  for (const [i, value] of [0, 0, 0, 1, 0, 0, 0, 1, 0].entries()) floats.writeFloatBE(value, 4 * i);
  const ints = Buffer.alloc(4 * 4);
  for (const [i, value] of [3, 0, 1, 2].entries()) ints.writeInt32BE(value, 4 * i);
  const text = (line: string): Buffer => Buffer.from(line);
  return Buffer.concat([
    text("# vtk DataFile Version 3.0\nbinary\nBINARY\nDATASET POLYDATA\nPOINTS 3 float\n"),
    floats,
    text("\nPOLYGONS 1 4\n"),
    ints,
    text("\nPOINT_DATA 3\nSCALARS s unsigned_char 1\nLOOKUP_TABLE default\n"),
    Buffer.from([10, 32, 255]),
    text("\n"),
  ]);
}
