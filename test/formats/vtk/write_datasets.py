"""Writes one dataset of each kind with VTK's own writers, in the encodings of a list, and prints what VTK shows of each as JSON.

Usage: write_datasets.py FOLDER legacy|xml
"""

import json
import math
import os
import sys

import numpy as np
import vtk
from vtk.util.numpy_support import numpy_to_vtk, vtk_to_numpy

folder, encoding = sys.argv[1:]


def points_of(rows, double=False):
    points = vtk.vtkPoints()
    points.SetDataType(vtk.VTK_DOUBLE if double else vtk.VTK_FLOAT)
    points.SetNumberOfPoints(len(rows))
    for i, row in enumerate(rows):
        points.SetPoint(i, *row)
    return points


def add_arrays(data):
    """Adds arrays of several types, of which "point id" and "cell id" identify the elements in the test."""
    for attributes, name, count in (
        (data.GetPointData(), "point id", data.GetNumberOfPoints()),
        (data.GetCellData(), "cell id", data.GetNumberOfCells()),
    ):
        for label, values in (
            (name, np.arange(count, dtype=np.int32)),
            ("half", np.arange(count) / 2 - 1e-3),
            ("bytes", np.arange(count).astype(np.uint8)),
            ("short", (7 - np.arange(count)).astype(np.int16)),
            ("long", np.arange(count, dtype=np.int64) * 3000000000 - 5),
            ("vector", np.stack([np.arange(count) + 1] * 3, 1).astype(np.float32) * [1, -2, 0.25]),
        ):
            array = numpy_to_vtk(np.ascontiguousarray(values), deep=True)
            array.SetName(label)
            attributes.AddArray(array)
        attributes.SetActiveScalars("half")
    return data


def polydata():
    data = vtk.vtkPolyData()
    n = 12
    rows = [(math.cos(i), math.sin(i), 0.3 * i) for i in range(n)]
    rows += [(0, 0, 9), (4, 0, 9), (4, 4, 9), (2, 1, 9), (0, 4, 9)]  # a concave polygon
    data.SetPoints(points_of(rows, double=True))
    cells = {name: vtk.vtkCellArray() for name in ("Verts", "Lines", "Polys", "Strips")}

    def add(name, ids):
        cells[name].InsertNextCell(len(ids))
        for i in ids:
            cells[name].InsertCellPoint(i)

    add("Verts", [3])
    add("Verts", [4, 5])
    add("Lines", [0, 1, 2, 3])
    add("Lines", [7, 8])
    for i in range(0, 9, 3):
        add("Polys", [i, i + 1, i + 2])
    add("Polys", [12, 13, 14, 15, 16])
    add("Strips", [0, 2, 4, 6, 8, 10])
    for name, array in cells.items():
        getattr(data, "Set" + name)(array)
    return add_arrays(data)


def lines():
    data = vtk.vtkPolyData()
    data.SetPoints(points_of([(i, i * i, 1000.5 + i) for i in range(9)]))
    array = vtk.vtkCellArray()
    for ids in ([0, 1, 2, 3], [4, 5], [6, 7, 8]):
        array.InsertNextCell(len(ids))
        for i in ids:
            array.InsertCellPoint(i)
    data.SetLines(array)
    return add_arrays(data)


def grid_points(nx, ny, nz, bend=0.1):
    return [
        (i + bend * j * j, j + bend * math.sin(k), k + bend * i * j)
        for k in range(nz)
        for j in range(ny)
        for i in range(nx)
    ]


def unstructured():
    """A block of cells of all linear types, which share faces where they can, and cells without volume."""
    nx, ny, nz = 5, 4, 4
    data = vtk.vtkUnstructuredGrid()
    data.SetPoints(points_of(grid_points(nx, ny, nz)))
    at = lambda i, j, k: i + nx * (j + ny * k)
    for k in range(nz - 1):
        for j in range(ny - 1):
            for i in range(nx - 1):
                h = [at(i + a, j + b, k + c) for c in (0, 1) for a, b in ((0, 0), (1, 0), (1, 1), (0, 1))]
                if i == 0:
                    data.InsertNextCell(vtk.VTK_HEXAHEDRON, 8, h)
                elif i == 1:
                    data.InsertNextCell(vtk.VTK_VOXEL, 8, [h[x] for x in (0, 1, 3, 2, 4, 5, 7, 6)])
                elif i == 2:
                    data.InsertNextCell(vtk.VTK_WEDGE, 6, [h[x] for x in (0, 1, 2, 4, 5, 6)])
                    data.InsertNextCell(vtk.VTK_WEDGE, 6, [h[x] for x in (0, 2, 3, 4, 6, 7)])
                else:
                    for tetra in ((0, 1, 2, 6), (0, 2, 3, 6), (0, 3, 7, 6), (0, 7, 4, 6), (0, 4, 5, 6), (0, 5, 1, 6)):
                        data.InsertNextCell(vtk.VTK_TETRA, 4, [h[x] for x in tetra])
    first = data.GetNumberOfPoints()
    extra = grid_points(6, 5, 2)
    for row in extra:
        data.GetPoints().InsertNextPoint(row[0] + 20, row[1], row[2])
    e = lambda *ids: [first + i for i in ids]
    data.InsertNextCell(vtk.VTK_PYRAMID, 5, e(0, 1, 7, 6, 30))
    data.InsertNextCell(vtk.VTK_PENTAGONAL_PRISM, 10, e(2, 3, 9, 15, 8, 32, 33, 39, 45, 38))
    data.InsertNextCell(vtk.VTK_HEXAGONAL_PRISM, 12, e(4, 5, 11, 17, 16, 10, 34, 35, 41, 47, 46, 40))
    data.InsertNextCell(vtk.VTK_TRIANGLE, 3, e(18, 19, 24))
    data.InsertNextCell(vtk.VTK_QUAD, 4, e(20, 21, 27, 26))
    data.InsertNextCell(vtk.VTK_PIXEL, 4, e(21, 22, 27, 28))
    data.InsertNextCell(vtk.VTK_POLYGON, 5, e(22, 23, 29, 28, 28 - 6))
    data.InsertNextCell(vtk.VTK_TRIANGLE_STRIP, 4, e(48, 49, 54, 55))
    data.InsertNextCell(vtk.VTK_LINE, 2, e(50, 51))
    data.InsertNextCell(vtk.VTK_POLY_LINE, 3, e(52, 53, 59))
    data.InsertNextCell(vtk.VTK_VERTEX, 1, e(56))
    data.InsertNextCell(vtk.VTK_POLY_VERTEX, 2, e(57, 58))
    return add_arrays(data)


def polyhedra():
    """Two hexahedra as polyhedra with a common face, beside a hexahedron that shares a face with the second."""
    data = vtk.vtkUnstructuredGrid()
    data.SetPoints(points_of(grid_points(4, 2, 2)))
    at = lambda i, j, k: i + 4 * (j + 2 * k)
    for i in range(2):
        h = [at(i + a, b, c) for c in (0, 1) for a, b in ((0, 0), (1, 0), (1, 1), (0, 1))]
        stream = vtk.vtkIdList()
        stream.InsertNextId(6)
        for face in ((0, 4, 7, 3), (1, 2, 6, 5), (0, 1, 5, 4), (3, 7, 6, 2), (0, 3, 2, 1), (4, 5, 6, 7)):
            stream.InsertNextId(4)
            for x in face:
                stream.InsertNextId(h[x])
        data.InsertNextCell(vtk.VTK_POLYHEDRON, stream)
    h = [at(2 + a, b, c) for c in (0, 1) for a, b in ((0, 0), (1, 0), (1, 1), (0, 1))]
    data.InsertNextCell(vtk.VTK_HEXAHEDRON, 8, h)
    return add_arrays(data)


def quadratic():
    """One cell of each quadratic type, with curved edges."""
    data = vtk.vtkUnstructuredGrid()
    data.SetPoints(points_of([]))
    offset = 0
    for kind in (
        vtk.vtkQuadraticTriangle,
        vtk.vtkQuadraticQuad,
        vtk.vtkBiQuadraticQuad,
        vtk.vtkQuadraticTetra,
        vtk.vtkQuadraticHexahedron,
        vtk.vtkTriQuadraticHexahedron,
        vtk.vtkBiQuadraticQuadraticHexahedron,
        vtk.vtkQuadraticWedge,
        vtk.vtkBiQuadraticQuadraticWedge,
        vtk.vtkQuadraticPyramid,
    ):
        cell = kind()
        coordinates = cell.GetParametricCoords()
        count = cell.GetNumberOfPoints()
        first = data.GetNumberOfPoints()
        for i in range(count):
            x, y, z = (coordinates[3 * i + axis] for axis in range(3)) if not isinstance(coordinates, str) else (0, 0, 0)
            data.GetPoints().InsertNextPoint(x + offset + 0.05 * y * y, y + 0.05 * x * x, z + 0.05 * x * y)
        data.InsertNextCell(cell.GetCellType(), count, list(range(first, first + count)))
        offset += 2
    return add_arrays(data)


def structured(nx, ny, nz):
    data = vtk.vtkStructuredGrid()
    data.SetDimensions(nx, ny, nz)
    data.SetPoints(points_of(grid_points(nx, ny, nz), double=True))
    return add_arrays(data)


def rectilinear():
    data = vtk.vtkRectilinearGrid()
    data.SetDimensions(4, 3, 5)
    for axis, values in zip("XYZ", ([0, 1, 3, 7], [-2.5, 0, 1], [0, 1, 2, 4, 8])):
        getattr(data, "Set" + axis + "Coordinates")(numpy_to_vtk(np.array(values, dtype=np.float32), deep=True))
    return add_arrays(data)


def image():
    data = vtk.vtkImageData()
    data.SetDimensions(4, 3, 5)
    data.SetOrigin(-10.5, 20, 3)
    data.SetSpacing(0.5, 2, 1.25)
    return add_arrays(data)


def faces_of(data):
    """The polygons, lines and vertices that VTK shows, each as the id of its cell and those of its points."""
    geometry = vtk.vtkGeometryFilter() if not isinstance(data, vtk.vtkUnstructuredGrid) else vtk.vtkDataSetSurfaceFilter()
    geometry.SetInputData(data)
    geometry.Update()
    surface = geometry.GetOutput()
    point_ids = vtk_to_numpy(surface.GetPointData().GetArray("point id")) if surface.GetNumberOfPoints() else []
    cell_ids = vtk_to_numpy(surface.GetCellData().GetArray("cell id"))
    result = {"polygons": [], "lines": [], "vertices": []}
    for cell in range(surface.GetNumberOfCells()):
        kind = surface.GetCellType(cell)
        ids = surface.GetCell(cell).GetPointIds()
        ids = [int(point_ids[ids.GetId(i)]) for i in range(ids.GetNumberOfIds())]
        name = (
            "vertices" if kind in (vtk.VTK_VERTEX, vtk.VTK_POLY_VERTEX)
            else "lines" if kind in (vtk.VTK_LINE, vtk.VTK_POLY_LINE)
            else "polygons"
        )
        if kind == vtk.VTK_TRIANGLE_STRIP:
            for i in range(len(ids) - 2):
                result[name].append([int(cell_ids[cell]), *ids[i : i + 3]])
        else:
            result[name].append([int(cell_ids[cell]), *ids])
    return result


def arrays_of(attributes):
    return {
        attributes.GetArrayName(i): vtk_to_numpy(attributes.GetArray(i)).reshape(-1).tolist()
        for i in range(attributes.GetNumberOfArrays())
    }


def describe(name, data):
    return {
        "name": name,
        "points": [data.GetPoint(i) for i in range(data.GetNumberOfPoints())],
        "pointArrays": arrays_of(data.GetPointData()),
        "cellArrays": arrays_of(data.GetCellData()),
        **faces_of(data),
    }


def write_legacy(name, data, files):
    for version in (42, 51):
        for binary in (False, True):
            writer = vtk.vtkDataSetWriter()
            writer.SetFileVersion(version)
            writer.SetFileName(os.path.join(folder, f"{name}-{version}-{'binary' if binary else 'ascii'}.vtk"))
            writer.SetFileType(vtk.VTK_BINARY if binary else vtk.VTK_ASCII)
            writer.SetInputData(data)
            if not writer.Write():
                raise RuntimeError(writer.GetFileName())
            files.append(os.path.basename(writer.GetFileName()))


# Mode of the data, compressor, bytes of the header's numbers, byte order.
XML_ENCODINGS = [
    ("Ascii", None, 32, "Little"),
    ("Binary", None, 32, "Little"),
    ("Binary", "ZLib", 64, "Big"),
    ("Appended", None, 64, "Little"),
    ("Appended", None, 32, "Big"),
    ("Appended", "ZLib", 32, "Little"),
    ("Appended", "LZ4", 64, "Little"),
    ("AppendedBase64", None, 32, "Little"),
    ("AppendedBase64", "ZLib", 64, "Little"),
]


def write_xml(name, data, files):
    for mode, compressor, header, order in XML_ENCODINGS:
        writer = {
            vtk.vtkPolyData: vtk.vtkXMLPolyDataWriter,
            vtk.vtkUnstructuredGrid: vtk.vtkXMLUnstructuredGridWriter,
            vtk.vtkImageData: vtk.vtkXMLImageDataWriter,
            vtk.vtkStructuredGrid: vtk.vtkXMLStructuredGridWriter,
            vtk.vtkRectilinearGrid: vtk.vtkXMLRectilinearGridWriter,
        }[type(data)]()
        getattr(writer, f"SetDataModeTo{mode.replace('Base64', '')}")()
        writer.SetEncodeAppendedData("Base64" in mode)
        writer.SetCompressor(getattr(vtk, f"vtk{compressor}DataCompressor")() if compressor else None)
        # So small that arrays have several blocks.
        writer.SetBlockSize(64)
        getattr(writer, f"SetHeaderTypeToUInt{header}")()
        getattr(writer, f"SetByteOrderTo{order}Endian")()
        file = f"{name}-{mode}-{compressor}-{header}-{order}.{writer.GetDefaultFileExtension()}"
        writer.SetFileName(os.path.join(folder, file))
        writer.SetInputData(data)
        if not writer.Write():
            raise RuntimeError(file)
        files.append(file)


DATASETS = {
    "polydata": polydata(),
    "lines": lines(),
    "unstructured": unstructured(),
    "polyhedra": polyhedra(),
    "quadratic": quadratic(),
    "structured": structured(4, 3, 5),
    "sheet": structured(4, 1, 5),
    "rectilinear": rectilinear(),
    "image": image(),
}

described = []
for name, data in DATASETS.items():
    files = []
    (write_legacy if encoding == "legacy" else write_xml)(name, data, files)
    described.append({**describe(name, data), "files": files})
print(json.dumps(described))
