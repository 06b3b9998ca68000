"""Pictures of the cases by VTK (Debian's python3-vtk9), from files that nibabel and numpy read.

usage: vtk_peer.py FOLDER COLORMAPS [NAME...] (COLORMAPS is a JSON object of lists of 256 x 3 bytes)
"""
import json
import sys
from pathlib import Path

import nibabel as nib
import numpy as np
import vtk
from vtk.util.numpy_support import numpy_to_vtk, vtk_to_numpy

HERE = Path(__file__).parent
FILES = HERE.parent / "files"
CASES = json.loads((HERE.parent / "cases.json").read_text())
COLORMAPS = json.loads(Path(sys.argv[2]).read_text())
SIZE = (320, 240)


def table(name, low, high):
    lookup = vtk.vtkLookupTable()
    colors = COLORMAPS[name]
    lookup.SetNumberOfTableValues(256)
    for i in range(256):
        lookup.SetTableValue(i, *(c / 255 for c in colors[3 * i : 3 * i + 3]), 1)
    lookup.SetRange(low, high)
    return lookup


def volume_of(name):
    """A volume with the sizes of its voxels, and the rotation and translation to world coordinates."""
    image = nib.load(FILES / name)
    values, affine = np.asarray(image.dataobj, np.float32), image.affine
    if np.linalg.det(affine[:3, :3]) < 0:
        # Normals of a mirrored actor would point inwards: the order of the first axis is reversed instead.
        values = values[::-1]
        flip = np.diag([-1.0, 1, 1, 1])
        flip[0, 3] = len(values) - 1
        affine = affine @ flip
    spacing = np.linalg.norm(affine[:3, :3], axis=0)
    data = vtk.vtkImageData()
    data.SetDimensions(values.shape)
    data.SetSpacing(spacing)
    scalars = numpy_to_vtk(values.ravel(order="F"), deep=True)
    scalars.SetName("values")
    data.GetPointData().SetScalars(scalars)
    matrix = vtk.vtkMatrix4x4()
    rigid = affine @ np.diag([*(1 / spacing), 1])
    for i, j in np.ndindex(4, 4):
        matrix.SetElement(i, j, rigid[i, j])
    return data, matrix


def slices():
    renderer = vtk.vtkRenderer()
    data, matrix = volume_of("head.nii.gz")
    for normal, origin in (((1, 0, 0), (10, 0, 0)), ((0, 1, 0), (0, -10, 0)), ((0, 0, 1), (0, 0, 0))):
        plane = vtk.vtkPlane()
        plane.SetNormal(normal)
        plane.SetOrigin(origin)
        mapper = vtk.vtkImageResliceMapper()
        mapper.SetInputData(data)
        mapper.SetSlicePlane(plane)
        mapper.SetBorder(True)
        prop = vtk.vtkImageSlice()
        prop.SetMapper(mapper)
        prop.SetUserMatrix(matrix)
        prop.GetProperty().SetLookupTable(table("gray", 0, 800))
        prop.GetProperty().UseLookupTableScalarRangeOn()
        prop.GetProperty().SetInterpolationTypeToLinear()
        renderer.AddViewProp(prop)
    return renderer


def cast(name, prop, blend):
    renderer = vtk.vtkRenderer()
    data, matrix = volume_of(name)
    mapper = vtk.vtkFixedPointVolumeRayCastMapper()
    mapper.SetInputData(data)
    mapper.AutoAdjustSampleDistancesOff()
    mapper.SetSampleDistance(0.5)
    mapper.SetImageSampleDistance(0.5)
    blend(mapper)
    volume = vtk.vtkVolume()
    volume.SetMapper(mapper)
    volume.SetProperty(prop)
    volume.SetUserMatrix(matrix)
    renderer.AddVolume(volume)
    return renderer


def transfer(colormap, low, high, opacities):
    prop = vtk.vtkVolumeProperty()
    color, opacity = vtk.vtkColorTransferFunction(), vtk.vtkPiecewiseFunction()
    for i in range(256):
        rgb = COLORMAPS[colormap][3 * i : 3 * i + 3]
        color.AddRGBPoint(low + (high - low) * i / 255, *(c / 255 for c in rgb))
    for value, alpha in opacities:
        opacity.AddPoint(value, alpha)
    prop.SetColor(color)
    prop.SetScalarOpacity(opacity)
    return prop


def mip():
    prop = transfer("hot", 0, 6, ((0, 1), (6, 1)))
    prop.SetInterpolationTypeToLinear()
    return cast("stat.nii.gz", prop, lambda mapper: mapper.SetBlendModeToMaximumIntensity())


def volume():
    prop = transfer("gray", 0, 750, ((0.53 * 750, 0), (0.67 * 750, 0.9)))
    prop.SetInterpolationTypeToLinear()
    prop.ShadeOn()
    prop.SetAmbient(0.2)
    prop.SetDiffuse(0.8)
    prop.SetSpecular(0.1)
    return cast("head.nii.gz", prop, lambda mapper: mapper.SetBlendModeToComposite())


def actor_of(mesh, lighting=True):
    mapper = vtk.vtkPolyDataMapper()
    mapper.SetInputData(mesh)
    actor = vtk.vtkActor()
    actor.SetMapper(mapper)
    actor.GetProperty().SetLighting(lighting)
    renderer = vtk.vtkRenderer()
    renderer.AddActor(actor)
    return renderer, mapper, actor


def smooth(mesh):
    normals = vtk.vtkPolyDataNormals()
    normals.SetInputData(mesh)
    normals.SplittingOff()
    normals.Update()
    return normals.GetOutput()


def isosurface():
    data, matrix = volume_of("head.nii.gz")
    contour = vtk.vtkFlyingEdges3D()
    contour.SetInputData(data)
    contour.SetValue(0, 400)
    contour.ComputeNormalsOn()
    move = vtk.vtkTransform()
    move.SetMatrix(matrix)
    moved = vtk.vtkTransformPolyDataFilter()
    moved.SetInputConnection(contour.GetOutputPort())
    moved.SetTransform(move)
    moved.Update()
    renderer, mapper, actor = actor_of(moved.GetOutput())
    mapper.ScalarVisibilityOff()
    return renderer


def tubes():
    tracts = nib.streamlines.load(str(FILES / "bundles.trk")).streamlines
    points, cells, colors = vtk.vtkPoints(), vtk.vtkCellArray(), []
    for line in tracts:
        cells.InsertNextCell(len(line))
        for point in line:
            cells.InsertCellPoint(points.InsertNextPoint(*map(float, point)))
        # Direction from the point before to the point after.
        direction = np.gradient(line, axis=0)
        colors.append(np.abs(direction / np.linalg.norm(direction, axis=1)[:, None]))
    mesh = vtk.vtkPolyData()
    mesh.SetPoints(points)
    mesh.SetLines(cells)
    mesh.GetPointData().SetScalars(numpy_to_vtk((np.vstack(colors) * 255).astype(np.uint8), deep=True))
    tube = vtk.vtkTubeFilter()
    tube.SetInputData(mesh)
    tube.SetRadius(1.25)
    tube.SetNumberOfSides(12)
    tube.CappingOn()
    tube.Update()
    return actor_of(tube.GetOutput())[0]


def surface_of(points, faces):
    mesh, cells = vtk.vtkPolyData(), vtk.vtkCellArray()
    vertices = vtk.vtkPoints()
    vertices.SetData(numpy_to_vtk(np.ascontiguousarray(points, np.float64), deep=True))
    for face in faces:
        cells.InsertNextCell(3, [int(v) for v in face])
    mesh.SetPoints(vertices)
    mesh.SetPolys(cells)
    return smooth(mesh)


def mapped(values, name, low, high):
    colors = np.array(COLORMAPS[name]).reshape(256, 3)
    at = np.clip(np.rint((values - low) / (high - low) * 255), 0, 255).astype(int)
    return colors[at]


def surface():
    points, faces = nib.freesurfer.read_geometry(str(FILES / "lh.folded"))
    curv = nib.freesurfer.read_morph_data(str(FILES / "lh.curv"))
    activation = nib.load(FILES / "lh.activation.shape.gii").darrays[0].data
    # Curvature below, in a range of twice its 98th percentile; the activation above where it is 1 to 5. Colors are per vertex.
    widest = 2 * np.percentile(np.abs(curv), 98)
    colors = mapped(-curv, "gray", -widest, widest)
    shown = (activation >= 1) & (activation <= 5)
    colors[shown] = mapped(activation, "viridis", 1, 5)[shown]
    mesh = surface_of(points, faces)
    mesh.GetPointData().SetScalars(numpy_to_vtk(colors.astype(np.uint8), deep=True))
    return actor_of(mesh)[0]


def surface_labels():
    shape = nib.load(FILES / "lh.folded.surf.gii")
    labels = nib.load(FILES / "lh.regions.label.gii")
    rgba = {label.key: np.array(label.rgba[:3]) * 255 for label in labels.labeltable.labels}
    colors = np.array([rgba[int(key)] for key in labels.darrays[0].data])
    mesh = surface_of(*(array.data for array in shape.darrays))
    mesh.GetPointData().SetScalars(numpy_to_vtk(colors.astype(np.uint8), deep=True))
    return actor_of(mesh)[0]


def cloud(points, colors):
    mesh, cells = vtk.vtkPolyData(), vtk.vtkCellArray()
    vertices = vtk.vtkPoints()
    vertices.SetData(numpy_to_vtk(np.ascontiguousarray(points, np.float64), deep=True))
    for i in range(len(points)):
        cells.InsertNextCell(1, [i])
    mesh.SetPoints(vertices)
    mesh.SetVerts(cells)
    mesh.GetPointData().SetScalars(numpy_to_vtk(colors.astype(np.uint8), deep=True))
    renderer, _, actor = actor_of(mesh, lighting=False)
    actor.GetProperty().SetPointSize(3)
    return renderer


def las():
    data = (FILES / "hill.las").read_bytes()
    records = np.frombuffer(data, np.dtype([("xyz", "<i4", 3), ("skipped", "V3"), ("class", "u1"), ("rest", "V10")]), offset=227)
    scale, offset = np.frombuffer(data, "<f8", 6, 131).reshape(2, 3)
    colors = np.where(records["class"][:, None] == 5, [0, 160, 0], [170, 120, 70])
    return cloud(records["xyz"] * scale + offset, colors)


def pcd():
    data = (FILES / "hill.pcd").read_bytes()
    start = data.index(b"DATA binary\n") + 12
    records = np.frombuffer(data, np.dtype([("xyz", "<f4", 3), ("rgb", "<u4"), ("height", "<f4")]), offset=start)
    return cloud(records["xyz"], np.column_stack([records["rgb"] >> shift & 255 for shift in (16, 8, 0)]))


def picture(name, renderer, path):
    case = CASES[name]["camera"]
    renderer.SetBackground(0, 0, 0)
    window = vtk.vtkRenderWindow()
    window.SetOffScreenRendering(True)
    window.SetMultiSamples(4)
    window.SetSize(*SIZE)
    window.AddRenderer(renderer)
    camera = renderer.GetActiveCamera()
    camera.ParallelProjectionOn()
    camera.SetParallelScale(case["parallelScale"])
    camera.SetPosition(case["position"])
    camera.SetFocalPoint(case["focalPoint"])
    camera.SetViewUp(case["viewUp"])
    renderer.ResetCameraClippingRange()
    window.Render()
    grab = vtk.vtkWindowToImageFilter()
    grab.SetInput(window)
    grab.ReadFrontBufferOff()
    writer = vtk.vtkPNGWriter()
    writer.SetInputConnection(grab.GetOutputPort())
    writer.SetFileName(str(path))
    writer.Write()


MAKERS = {
    "slices": slices,
    "mip": mip,
    "volume": volume,
    "isosurface": isosurface,
    "tubes": tubes,
    "surface": surface,
    "surface-labels": surface_labels,
    "las": las,
    "pcd": pcd,
}

if __name__ == "__main__":
    for name in sys.argv[3:] or MAKERS:
        picture(name, MAKERS[name](), Path(sys.argv[1]) / f"{name}.vtk.png")
