"""Prints as JSON what VTK shows of files: bounds of the surface, number of its triangles, and names of the arrays.

Usage: describe_files.py FILE...
"""

import json
import sys

import vtk

XML_READERS = {
    "vtp": vtk.vtkXMLPolyDataReader,
    "vtu": vtk.vtkXMLUnstructuredGridReader,
    "vti": vtk.vtkXMLImageDataReader,
    "vts": vtk.vtkXMLStructuredGridReader,
    "vtr": vtk.vtkXMLRectilinearGridReader,
}


def read(path):
    reader = XML_READERS.get(path.rsplit(".", 1)[-1], vtk.vtkDataSetReader)()
    reader.SetFileName(path)
    if isinstance(reader, vtk.vtkDataSetReader):
        for kind in ("Scalars", "Vectors", "Normals", "Tensors", "TCoords", "Fields"):
            getattr(reader, f"ReadAll{kind}On")()
    reader.Update()
    return reader.GetOutput()


def describe(path):
    data = read(path)
    geometry = vtk.vtkDataSetSurfaceFilter()
    geometry.SetInputData(data)
    geometry.Update()
    surface = geometry.GetOutput()
    triangles = 0
    for cell in range(surface.GetNumberOfCells()):
        if surface.GetCell(cell).GetCellDimension() == 2:
            triangles += surface.GetCell(cell).GetNumberOfPoints() - 2
    names = lambda attributes: sorted(filter(None, map(attributes.GetArrayName, range(attributes.GetNumberOfArrays()))))
    return {
        "triangles": triangles,
        "bounds": data.GetBounds(),
        "pointArrays": names(data.GetPointData()),
        "cellArrays": names(data.GetCellData()),
    }


print(json.dumps({path: describe(path) for path in sys.argv[1:]}))
