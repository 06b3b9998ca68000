"""Writes a VTK file, and pictures of it by VTK: unlit, in parallel projection, 200x200, rows bottom-up.

usage: vtk_pictures.py FOLDER COLORS (a file with 256 x 3 bytes, sRGB)
Pictures: points.rgb (array "p", range 0 to 1), cells.rgb (array "c", 0 to 10), warped.rgb (points moved by "u").
"""
import sys
import numpy as np
import vtk
from vtk.util.numpy_support import numpy_to_vtk, vtk_to_numpy

folder, colors = sys.argv[1:]
table = np.fromfile(colors, np.uint8).reshape(256, 3)

# A strip of quads and triangles, with steps, in the x-y plane from -1 to 1.
side = 9
x, y = np.meshgrid(np.linspace(-0.95, 0.95, side), np.linspace(-0.95, 0.95, side))
xyz = np.column_stack([x.ravel(), y.ravel(), 0.1 * (np.arange(side * side) % 3)])
points = vtk.vtkPoints()
points.SetData(numpy_to_vtk(xyz, deep=True))
cells = vtk.vtkCellArray()
for row in range(side - 1):
    for column in range(side - 1):
        a = row * side + column
        if (row + column) % 3 == 0:
            for corners in ((a, a + 1, a + side), (a + 1, a + side + 1, a + side)):
                cells.InsertNextCell(3, corners)
        else:
            cells.InsertNextCell(4, (a, a + 1, a + side + 1, a + side))
mesh = vtk.vtkPolyData()
mesh.SetPoints(points)
mesh.SetPolys(cells)


def add(data, name, values):
    array = numpy_to_vtk(np.ascontiguousarray(values, np.float64), deep=True)
    array.SetName(name)
    data.AddArray(array)


add(mesh.GetPointData(), "p", (np.sin(3 * x) * np.cos(2 * y)).ravel())
add(mesh.GetPointData(), "u", np.column_stack([0.1 * np.cos(5 * y).ravel(), 0.1 * np.sin(5 * x).ravel(), 0 * x.ravel()]))
add(mesh.GetCellData(), "c", np.arange(cells.GetNumberOfCells()) % 11)

writer = vtk.vtkPolyDataWriter()
writer.SetFileName(f"{folder}/mesh.vtk")
writer.SetInputData(mesh)
writer.SetFileTypeToBinary()
writer.Write()

lookup = vtk.vtkLookupTable()
lookup.SetNumberOfTableValues(256)
for i, color in enumerate(table):
    lookup.SetTableValue(i, *(color / 255), 1)


def picture(name, data, array, of_cells, low, high):
    mapper = vtk.vtkPolyDataMapper()
    mapper.SetInputData(data)
    mapper.SetInterpolateScalarsBeforeMapping(not of_cells)
    if of_cells:
        mapper.SetScalarModeToUseCellFieldData()
    else:
        mapper.SetScalarModeToUsePointFieldData()
    mapper.SelectColorArray(array)
    mapper.SetLookupTable(lookup)
    mapper.SetScalarRange(low, high)
    actor = vtk.vtkActor()
    actor.SetMapper(mapper)
    actor.GetProperty().LightingOff()
    renderer = vtk.vtkRenderer()
    renderer.AddActor(actor)
    renderer.SetBackground(0, 0, 0)
    window = vtk.vtkRenderWindow()
    window.SetOffScreenRendering(True)
    window.SetMultiSamples(0)
    window.SetSize(200, 200)
    window.AddRenderer(renderer)
    camera = renderer.GetActiveCamera()
    camera.ParallelProjectionOn()
    camera.SetParallelScale(1.1)
    camera.SetPosition(0, 0, 5)
    camera.SetFocalPoint(0, 0, 0)
    camera.SetViewUp(0, 1, 0)
    renderer.ResetCameraClippingRange()
    window.Render()
    pixels = vtk.vtkUnsignedCharArray()
    window.GetRGBACharPixelData(0, 0, 199, 199, 1, pixels)
    vtk_to_numpy(pixels)[:, :3].astype(np.uint8).tofile(f"{folder}/{name}.rgb")


picture("points", mesh, "p", False, -1, 1)
picture("cells", mesh, "c", True, 0, 10)
warp = vtk.vtkWarpVector()
warp.SetInputData(mesh)
warp.SetInputArrayToProcess(0, 0, 0, 0, "u")
warp.SetScaleFactor(1.5)
warp.Update()
picture("warped", warp.GetOutput(), "p", False, -1, 1)
