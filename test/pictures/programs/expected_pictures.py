"""Writes what pictures of volumes must show, by nibabel, numpy and VTK, independently of any renderer.

usage: expected_pictures.py FOLDER COLORS (a file with 256 x 3 bytes: the colormap "hot")
slice.values, mip.values: an RGBA pixel per pixel of 320x240, rows top-down; alpha is 0 where the nearest voxel is uncertain.
cells.vtu: a cell of each linear type with a volume, and a quadratic one, with a linear field of the points and the numbers of the cells.
Prints the area of the isosurface of 400 in mm2 by vtkFlyingEdges3D, and its bounds; and of the sections of beam.vtu and cells.vtu by
vtkCutter the area, and the integral of the values.
"""
import json
import sys
from pathlib import Path

import nibabel as nib
import numpy as np
import vtk
from vtk.util.numpy_support import numpy_to_vtk

HERE = Path(__file__).parent.parent
CASES = json.loads((HERE / "cases.json").read_text())
FOLDER = Path(sys.argv[1])
HOT = np.fromfile(sys.argv[2], np.uint8).reshape(256, 3)
# Pixels within this distance of the border of a voxel are uncertain, voxels: slices of tilted volumes have four texels per voxel.
BORDER = 0.27


def rays(name):
    """World coordinates of the pixels in the plane of the camera, and the direction of view."""
    camera = CASES[name]["camera"]
    position = np.array(camera["position"], float)
    forward = np.array(camera["focalPoint"]) - position
    forward /= np.linalg.norm(forward)
    right = np.cross(forward, camera["viewUp"])
    right /= np.linalg.norm(right)
    up = np.cross(right, forward)
    row, column = np.mgrid[0:240, 0:320] + 0.5
    scale = camera["parallelScale"] / 120
    return position + (column - 160)[..., None] * scale * right + (120 - row)[..., None] * scale * up, forward


def voxels(image, world):
    """Values of the nearest voxels (NaN outside), and whether a point is away from the borders of its voxel."""
    inverse = np.linalg.inv(image.affine)
    place = world @ inverse[:3, :3].T + inverse[:3, 3]
    index = np.floor(place + 0.5).astype(int)
    inside = ((index >= 0) & (index < image.shape)).all(-1)
    i, j, k = np.moveaxis(np.where(inside[..., None], index, 0), -1, 0)
    values = np.where(inside, np.asarray(image.dataobj)[i, j, k], np.nan)
    return values, (np.abs(place - index) < 0.5 - BORDER).all(-1)


def write(name, rgb, certain):
    np.dstack([rgb, np.where(certain, 255, 0)]).astype(np.uint8).tofile(FOLDER / f"{name}.values")


head = nib.load(HERE / "files/head.nii.gz")
start, forward = rays("slice")
values, certain = voxels(head, start + ((10 - start[..., 2]) / forward[2])[..., None] * forward)
gray = np.clip(np.rint(np.nan_to_num(values) / 800 * 255), 0, 255)
write("slice", np.repeat(gray[..., None], 3, 2), certain)

stat = nib.load(HERE / "files/stat.nii.gz")
start, forward = rays("mip")
largest = np.zeros(start.shape[:2])
# The part of the picture with the activation.
part = (slice(80, 190), slice(110, 220))
for distance in np.arange(250, 450):
    largest[part] = np.fmax(largest[part], voxels(stat, start[part] + distance * forward)[0])
# A ray through the corner of a voxel may miss it, and low values fade out.
neighbors = [np.roll(largest, shift, axis) for axis in (0, 1) for shift in (-1, 1)]
certain = (largest > 0.9) & np.all([largest == neighbor for neighbor in neighbors], axis=0)
write("mip", HOT[np.clip(np.rint(largest / 6 * 255), 0, 255).astype(int)], certain)

data = vtk.vtkImageData()
data.SetDimensions(head.shape)
data.GetPointData().SetScalars(numpy_to_vtk(np.asarray(head.dataobj, np.float32).ravel(order="F"), deep=True))
surface = vtk.vtkFlyingEdges3D()
surface.SetInputData(data)
surface.SetValue(0, 400)
surface.Update()
mesh = surface.GetOutput()
points = np.array([mesh.GetPoint(i) for i in range(mesh.GetNumberOfPoints())]) @ head.affine[:3, :3].T + head.affine[:3, 3]
corners = np.array([[mesh.GetCell(i).GetPointId(c) for c in range(3)] for i in range(mesh.GetNumberOfCells())])
a, b, c = points[corners].transpose(1, 0, 2)
area = np.linalg.norm(np.cross(b - a, c - a), axis=1).sum() / 2


def cells():
    """One cell per row: nodes with integer coordinates, or the faces of a polyhedron."""
    ring = [[1, 0], [0.3, 1], [-0.8, 0.6], [-0.8, -0.6], [0.3, -1]]
    square = [[0, 0], [1, 0], [1, 1], [0, 1]]
    hexagon = [[np.cos(a), np.sin(a)] for a in np.arange(6) * np.pi / 3]
    prism = lambda outline: [[*p, 0] for p in outline] + [[*p, 1.3] for p in outline]
    tetra = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]])
    middle = [(tetra[a] + tetra[b]) / 2 for a, b in ((0, 1), (1, 2), (2, 0), (0, 3), (1, 3), (2, 3))]
    cube = prism(square)
    sides = [[0, 3, 2, 1], [4, 5, 6, 7], [0, 1, 5, 4], [1, 2, 6, 5], [2, 3, 7, 6], [3, 0, 4, 7]]
    grid, points = vtk.vtkUnstructuredGrid(), vtk.vtkPoints()
    grid.SetPoints(points)
    for number, (kind, nodes) in enumerate((
        (vtk.VTK_TETRA, tetra), (vtk.VTK_VOXEL, [cube[i] for i in (0, 1, 3, 2, 4, 5, 7, 6)]), (vtk.VTK_HEXAHEDRON, cube),
        (vtk.VTK_WEDGE, prism(square[:3])), (vtk.VTK_PYRAMID, cube[:4] + [[0.5, 0.4, 1.2]]), (vtk.VTK_PENTAGONAL_PRISM, prism(ring)),
        (vtk.VTK_HEXAGONAL_PRISM, prism(hexagon)), (vtk.VTK_QUADRATIC_TETRA, [*tetra, *middle]), (vtk.VTK_POLYHEDRON, cube),
    )):
        ids = [points.InsertNextPoint(x + 3 * number, y, z) for x, y, z in nodes]
        if kind == vtk.VTK_POLYHEDRON:
            faces = vtk.vtkIdList()
            for value in [len(sides), *(v for side in sides for v in (4, *(ids[i] for i in side)))]:
                faces.InsertNextId(value)
            grid.InsertNextCell(kind, faces)
        else:
            grid.InsertNextCell(kind, len(ids), ids)
    place = np.array([points.GetPoint(i) for i in range(points.GetNumberOfPoints())])
    field = numpy_to_vtk(place @ [1, 10, 20], deep=True)
    field.SetName("field")
    grid.GetPointData().AddArray(field)
    writer = vtk.vtkXMLUnstructuredGridWriter()
    writer.SetFileName(str(FOLDER / "cells.vtu"))
    writer.SetInputData(grid)
    writer.Write()
    return grid


def section(grid, name, normal, offset):
    """Area of a section in triangles, and the integral of a field over it."""
    normal = np.array(normal) / np.linalg.norm(normal)
    plane = vtk.vtkPlane()
    plane.SetNormal(normal)
    plane.SetOrigin(normal * offset)
    cutter = vtk.vtkCutter()
    cutter.SetInputData(grid)
    cutter.SetCutFunction(plane)
    cutter.Update()
    cut = cutter.GetOutput()
    values = cut.GetPointData().GetArray(name)
    total = integral = 0
    for i in range(cut.GetNumberOfCells()):
        cell = cut.GetCell(i)
        ids = [cell.GetPointId(c) for c in range(cell.GetNumberOfPoints())]
        for b, c in zip(ids[1:], ids[2:]):
            corners = np.array([cut.GetPoint(p) for p in (ids[0], b, c)])
            size = np.linalg.norm(np.cross(corners[1] - corners[0], corners[2] - corners[0])) / 2
            total += size
            integral += size * np.mean([values.GetTuple1(p) for p in (ids[0], b, c)])
    return {"area": total, "integral": integral}


reader = vtk.vtkXMLUnstructuredGridReader()
reader.SetFileName(str(HERE / "files/beam.vtu"))
reader.Update()
sections = {
    "beam.vtu": section(reader.GetOutput(), "temperature", (0.3, -0.8, 0.6), 0.7),
    "cells.vtu": section(cells(), "field", (0.02, 0.3, 1), 0.55),
}
print(json.dumps({"sections": sections, "area": area, "min": points.min(0).tolist(), "max": points.max(0).tolist()}))
