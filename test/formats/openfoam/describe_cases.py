"""Prints as JSON what VTK shows of OpenFOAM cases: for each time, the outer polygons with the values of their cells.

Usage: describe_cases.py CASE.foam...
"""

import json
import sys

import vtk
from vtk.util.numpy_support import vtk_to_numpy


def describe(path):
    reader = vtk.vtkOpenFOAMReader()
    reader.SetFileName(path)
    reader.CreateCellToPointOff()
    reader.UpdateInformation()
    reader.EnableAllCellArrays()
    values = reader.GetTimeValues()
    times = [values.GetValue(i) for i in range(values.GetNumberOfTuples())]
    steps = []
    for time in times:
        reader.UpdateTimeStep(time)
        surface = vtk.vtkDataSetSurfaceFilter()
        surface.SetInputData(reader.GetOutput().GetBlock(0))
        surface.Update()
        data = surface.GetOutput()
        cells = data.GetCellData()
        names = sorted(cells.GetArrayName(i) for i in range(cells.GetNumberOfArrays()))
        polygons = []
        for i in range(data.GetNumberOfCells()):
            points = data.GetCell(i).GetPoints()
            arrays = {name: vtk_to_numpy(cells.GetArray(name))[i].ravel().tolist() for name in names}
            polygons.append({"points": vtk_to_numpy(points.GetData()).tolist(), "values": arrays})
        steps.append({"time": time, "polygons": polygons})
    return steps


print(json.dumps({path: describe(path) for path in sys.argv[1:]}))
