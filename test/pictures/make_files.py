"""Makes the small files of the reference pictures, with numpy, nibabel and VTK.

usage: make_files.py FOLDER. The files are made by this program alone and are in the public domain (CC0).
"""
import struct
import sys
from pathlib import Path

import nibabel as nib
import numpy as np
import vtk
from nibabel.streamlines import Tractogram
from vtk.util.numpy_support import numpy_to_vtk

folder = Path(sys.argv[1])


def head():
    """A head with a nose, two hemispheres and one ventricle, in an oblique grid of anisotropic voxels that runs from right to left."""
    angle = np.deg2rad(12)
    rotation = np.array([[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1]])
    dims, zooms = np.array([36, 44, 30]), np.array([-4.5, 4.5, 6.0])
    affine = np.eye(4)
    affine[:3, :3] = rotation @ np.diag(zooms)
    affine[:3, 3] = -affine[:3, :3] @ ((dims - 1) / 2) + [3, -5, 8]
    index = np.moveaxis(np.indices(dims), 0, -1)
    x, y, z = np.moveaxis(index @ affine[:3, :3].T + affine[:3, 3], -1, 0)
    skull = (x / 66) ** 2 + (y / 84) ** 2 + (z / 74) ** 2
    brain = ((np.abs(x) - 28) / 25) ** 2 + (y / 68) ** 2 + ((z - 4) / 54) ** 2
    nose = (x / 9) ** 2 + ((y - 86) / 14) ** 2 + ((z + 22) / 16) ** 2
    values = np.where((skull < 1) | (nose < 1), 300.0, 0)
    values[skull < 0.8] = 120
    inside = brain < 1
    folds = np.cos(x / 4.2) * np.cos(y / 5.1) + np.cos(z / 4.9)
    values[inside] = (620 + 110 * folds)[inside]
    values[((x - 22) / 8) ** 2 + ((y + 6) / 26) ** 2 + ((z - 8) / 12) ** 2 < 1] = 60
    image = nib.Nifti1Image(np.rint(values).astype(np.int16), affine)
    nib.save(image, str(folder / "head.nii.gz"))

    # An activation of either sign, and regions, in the same grid.
    def bump(cx, cy, cz, width):
        return np.exp(-((x - cx) ** 2 + (y - cy) ** 2 + (z - cz) ** 2) / (2 * width**2))

    stat = 6 * bump(-30, 30, 10, 14) - 5 * bump(30, -35, 5, 16)
    stat[skull >= 0.8] = 0
    nib.save(nib.Nifti1Image(stat.astype(np.float32).round(2), affine), str(folder / "stat.nii.gz"))
    labels = np.zeros(dims, np.uint8)
    for value, center, radius in ((1, (-25, 25, 10), 18), (2, (28, -20, 5), 22), (5, (-20, -30, 12), 15)):
        near = (x - center[0]) ** 2 + (y - center[1]) ** 2 + (z - center[2]) ** 2 < radius**2
        labels[near] = value
    nib.save(nib.Nifti1Image(labels, affine), str(folder / "regions.nii.gz"))


def waves():
    """Four time steps of a coarse volume."""
    i, j, k, t = np.indices((12, 16, 10, 4))
    values = 100 * np.sin(i / 2 + 2 * t) * np.cos(j / 3 - t) + 10 * k
    affine = np.diag([8, 8, 10, 1.0])
    affine[:3, 3] = [-44, -60, -45]
    nib.save(nib.Nifti1Image(values.astype(np.float32).round(1), affine), str(folder / "waves.nii.gz"))


def peaks():
    """Two peaks per voxel in world coordinates, as MRtrix writes them: around the z axis, and along (1, 1, 0)."""
    dims = (14, 12, 4)
    values = np.full((*dims, 6), np.nan, np.float32)
    affine = np.diag([-3.0, 3, 3, 1])
    affine[:3, 3] = [19.5, -16.5, -4.5]
    for i, j, k in np.ndindex(dims):
        x, y = 19.5 - 3 * i, -16.5 + 3 * j
        radius = np.hypot(x, y)
        if 5 < radius < 18:
            values[i, j, k, :3] = np.array([-y, x, 0.4 * radius]) / radius * (0.5 + radius / 36)
        if abs(x - y) < 5:
            values[i, j, k, 3:] = np.array([1, 1, 0]) * 0.5
    nib.save(nib.Nifti1Image(values, affine), str(folder / "peaks.nii.gz"))


def bundles():
    """A bundle that arches from the left to the right, and one that rises and turns, in mm."""
    random = np.random.default_rng(7)
    streamlines, height, length = [], [], []
    t = np.linspace(0, 1, 24)[:, None]
    for n in range(60):
        shift = random.normal(0, 1, 3) * [2, 5, 2]
        if n < 36:
            angle = np.pi * (0.08 + 0.84 * t)
            line = np.hstack([-44 * np.cos(angle), 12 * (t - 0.5), 30 * np.sin(angle) - 4])
        else:
            line = np.hstack([24 + 10 * t * t, -30 + 50 * t**3, -50 + 90 * t])
        streamlines.append((line + shift).astype(np.float32))
        height.append(streamlines[-1][:, 2:3].copy())
        length.append(np.linalg.norm(np.diff(streamlines[-1], axis=0), axis=1).sum())
    tractogram = Tractogram(
        streamlines,
        data_per_streamline={"length": np.array(length)[:, None]},
        data_per_point={"height": height},
        affine_to_rasmm=np.eye(4),
    )
    image = nib.load(folder / "head.nii.gz")
    header = nib.streamlines.TrkFile.create_empty_header()
    header["voxel_to_rasmm"], header["voxel_sizes"] = image.affine, image.header.get_zooms()
    header["dimensions"], header["voxel_order"] = image.shape, "".join(nib.aff2axcodes(image.affine))
    nib.streamlines.save(tractogram, str(folder / "bundles.trk"), header=header)
    # TCK and its values (TSF), which MRtrix matches by their timestamps.
    def save(name, kind, rows, end):
        text = f"mrtrix {kind}\ntimestamp: 1764460800.5\ndatatype: Float32LE\ncount: {len(rows)}\ntotal_count: {len(rows)}\nfile: . 160\nEND\n"
        gap = np.full((1, rows[0].shape[1]), np.nan)
        data = np.concatenate([part for row in rows for part in (row, gap)] + [np.full_like(gap, end)]).astype("<f4")
        (folder / name).write_bytes(text.encode().ljust(160, b"\0") + data.tobytes())

    save("bundles.tck", "tracks", streamlines, np.inf)
    save("height.tsf", "track scalars", height, np.nan)


def surfaces():
    """A folded sphere as GIFTI and FreeSurfer files, with curvature, an activation and regions."""
    source = vtk.vtkPlatonicSolidSource()
    source.SetSolidTypeToIcosahedron()
    subdivide = vtk.vtkLinearSubdivisionFilter()
    subdivide.SetNumberOfSubdivisions(3)
    subdivide.SetInputConnection(source.GetOutputPort())
    subdivide.Update()
    mesh = subdivide.GetOutput()
    direction = np.array([mesh.GetPoint(i) for i in range(mesh.GetNumberOfPoints())])
    direction /= np.linalg.norm(direction, axis=1)[:, None]
    faces = np.array([[mesh.GetCell(i).GetPointId(c) for c in range(3)] for i in range(mesh.GetNumberOfCells())])
    x, y, z = direction.T
    fold = np.sin(7 * x + 2 * z) * np.cos(6 * y) * np.cos(5 * z)
    points = direction * (1 + 0.08 * fold)[:, None] * [40, 60, 50] + [-38, -10, 20]
    points = points.astype(np.float32)
    activation = (5 * np.exp(-6 * ((x + 0.8) ** 2 + (y - 0.3) ** 2 + (z - 0.3) ** 2))).astype(np.float32)
    labels = np.select([z > 0.55, (y > 0.2) & (z > -0.2), y < -0.35], [1, 2, 3], 0).astype(np.int32)

    array = nib.gifti.GiftiDataArray
    encoding = "GIFTI_ENCODING_B64GZ"
    shape = array(points, "NIFTI_INTENT_POINTSET", "NIFTI_TYPE_FLOAT32", encoding)
    triangles = array(faces.astype(np.int32), "NIFTI_INTENT_TRIANGLE", "NIFTI_TYPE_INT32", encoding)
    nib.save(nib.gifti.GiftiImage(darrays=[shape, triangles]), str(folder / "lh.folded.surf.gii"))

    def overlay(values, intent, kind, name, table=None):
        data = array(values, intent, kind, encoding)
        nib.save(nib.gifti.GiftiImage(darrays=[data], labeltable=table), str(folder / name))

    overlay(activation, "NIFTI_INTENT_SHAPE", "NIFTI_TYPE_FLOAT32", "lh.activation.shape.gii")
    table = nib.gifti.GiftiLabelTable()
    colors = ((0, "unknown", (0.6, 0.6, 0.6)), (1, "top", (0.9, 0.2, 0.2)), (2, "front", (0.2, 0.7, 0.3)), (3, "back", (0.2, 0.4, 0.9)))
    for key, name, color in colors:
        label = nib.gifti.GiftiLabel(key, *color, 1)
        label.label = name
        table.labels.append(label)
    overlay(labels, "NIFTI_INTENT_LABEL", "NIFTI_TYPE_INT32", "lh.regions.label.gii", table)
    info = {"head": [2, 0, 20], "valid": "1  # volume info valid", "filename": "head.mgz", "volume": [256, 256, 256],
            "voxelsize": [1.0, 1, 1], "xras": [-1.0, 0, 0], "yras": [0.0, 0, -1], "zras": [0.0, 1, 0], "cras": [0.0, 0, 0]}
    nib.freesurfer.write_geometry(str(folder / "lh.folded"), points, faces, create_stamp="made", volume_info=info)
    nib.freesurfer.write_morph_data(str(folder / "lh.curv"), (-fold).astype(np.float32))


def add(data, name, values):
    array = numpy_to_vtk(np.ascontiguousarray(values), deep=True)
    array.SetName(name)
    data.AddArray(array)


def beam():
    """A beam of tetrahedra with temperatures and displacements of the points and materials of the cells, as a VTU file."""
    size = (12, 4, 4)
    nodes = np.stack(np.meshgrid(*(np.arange(n + 1) for n in size), indexing="ij"), -1).reshape(-1, 3)
    number = np.arange(len(nodes)).reshape([n + 1 for n in size])
    grid = vtk.vtkUnstructuredGrid()
    points = vtk.vtkPoints()
    points.SetData(numpy_to_vtk(nodes * 0.5, deep=True))
    grid.SetPoints(points)
    material = []
    for i, j, k in np.ndindex(size):
        corner = [number[i + (c & 1), j + (c >> 1 & 1), k + (c >> 2)] for c in range(8)]
        # Six tetrahedra around the diagonal from corner 0 to corner 7.
        for a, b in ((1, 3), (3, 2), (2, 6), (6, 4), (4, 5), (5, 1)):
            grid.InsertNextCell(vtk.VTK_TETRA, 4, [corner[0], corner[a], corner[b], corner[7]])
            material.append((i // 3 + j // 2 + k // 2) % 4)
    x, y, z = (nodes * 0.5).T
    add(grid.GetPointData(), "temperature", (20 + 30 * np.hypot(y - 1, z - 1) + 8 * np.sin(2 * x)).astype(np.float32))
    bend = np.column_stack([0 * x, 0 * x, 0.02 * x * x]).astype(np.float32)
    add(grid.GetPointData(), "displacement", bend)
    add(grid.GetCellData(), "material", np.array(material, np.uint8))
    writer = vtk.vtkXMLUnstructuredGridWriter()
    writer.SetFileName(str(folder / "beam.vtu"))
    writer.SetInputData(grid)
    writer.Write()


def swell():
    """A water surface at three times, as a PVD collection of VTP files."""
    side = 25
    x, y = np.meshgrid(np.linspace(-2, 2, side), np.linspace(-2, 2, side))
    quads = vtk.vtkCellArray()
    for row in range(side - 1):
        for column in range(side - 1):
            a = row * side + column
            quads.InsertNextCell(4, (a, a + 1, a + side + 1, a + side))
    entries = []
    for step in range(3):
        height = 0.3 * np.sin(2 * np.hypot(x, y) - 2 * step)
        points = vtk.vtkPoints()
        points.SetData(numpy_to_vtk(np.column_stack([x.ravel(), y.ravel(), height.ravel()]).astype(np.float32), deep=True))
        mesh = vtk.vtkPolyData()
        mesh.SetPoints(points)
        mesh.SetPolys(quads)
        add(mesh.GetPointData(), "height", height.ravel().astype(np.float32))
        writer = vtk.vtkXMLPolyDataWriter()
        writer.SetFileName(str(folder / f"swell_{step}.vtp"))
        writer.SetInputData(mesh)
        writer.Write()
        entries.append(f'<DataSet timestep="{step * 0.5}" file="swell_{step}.vtp"/>')
    (folder / "swell.pvd").write_text(f'<VTKFile type="Collection"><Collection>{"".join(entries)}</Collection></VTKFile>\n')


def clouds():
    """A hill with trees at UTM coordinates: LAS with colors and classes, and the same points relative to a corner as PCD and PTS."""
    random = np.random.default_rng(3)
    x, y = random.uniform(0, 100, (2, 1400))
    z = 12 * np.exp(-((x - 60) ** 2 + (y - 40) ** 2) / 900)
    tree = (np.sin(x / 9) * np.sin(y / 11) > 0.6) & (random.uniform(size=x.size) < 0.7)
    z = z + np.where(tree, random.uniform(2, 9, x.size), 0)
    kind = np.where(tree, 5, 2).astype(np.uint8)
    color = np.where(tree[:, None], [40, 130, 50], [150, 120, 80]) + (z * 4).astype(int)[:, None]
    color = np.clip(color, 0, 255)
    scaled = np.rint(np.column_stack([x, y, z]) * 100).astype("<i4")
    offset = (448_000.0, 5_412_000.0, 250.0)
    record = np.zeros(x.size, np.dtype([("xyz", "<i4", 3), ("intensity", "<u2"), ("flags", "u1"), ("class", "u1"),
                                        ("angle", "i1"), ("user", "u1"), ("source", "<u2"), ("rgb", "<u2", 3)]))
    record["xyz"], record["intensity"], record["flags"], record["class"] = scaled, z * 100, 0x09, kind
    record["rgb"] = color * 257
    low, high = scaled.min(0) / 100 + offset, scaled.max(0) / 100 + offset
    head = b"LASF" + struct.pack("<HH16xBB32s32sHHHIIBHI5I", 0, 0, 1, 2, b"", b"make_files.py", 1, 2026, 227, 227, 0, 2, 26,
                                 x.size, x.size, 0, 0, 0, 0)
    head += struct.pack("<12d", 0.01, 0.01, 0.01, *offset, *(v for pair in zip(high, low) for v in pair))
    (folder / "hill.las").write_bytes(head + record.tobytes())
    local = scaled / np.float32(100)
    packed = (color[:, 0] << 16 | color[:, 1] << 8 | color[:, 2]).astype("<u4")
    rows = np.zeros(x.size, np.dtype([("xyz", "<f4", 3), ("rgb", "<u4"), ("height", "<f4")]))
    rows["xyz"], rows["rgb"], rows["height"] = local, packed, z
    text = ("VERSION .7\nFIELDS x y z rgb height\nSIZE 4 4 4 4 4\nTYPE F F F U F\nCOUNT 1 1 1 1 1\n"
            f"WIDTH {x.size}\nHEIGHT 1\nVIEWPOINT 0 0 0 1 0 0 0\nPOINTS {x.size}\nDATA binary\n")
    (folder / "hill.pcd").write_bytes(text.encode() + rows.tobytes())


def knot():
    """A torus knot with colors of the vertices, as PLY."""
    source = vtk.vtkParametricFunctionSource()
    torus = vtk.vtkParametricTorus()
    torus.SetRingRadius(1)
    torus.SetCrossSectionRadius(0.4)
    source.SetParametricFunction(torus)
    source.SetUResolution(36)
    source.SetVResolution(18)
    source.Update()
    mesh = source.GetOutput()
    points = np.array([mesh.GetPoint(i) for i in range(mesh.GetNumberOfPoints())])
    angle = np.arctan2(points[:, 1], points[:, 0])
    colors = 127 + 120 * np.column_stack([np.cos(angle), np.cos(angle - 2.1), np.cos(angle + 2.1)])
    add(mesh.GetPointData(), "RGB", colors.astype(np.uint8))
    writer = vtk.vtkPLYWriter()
    writer.SetFileName(str(folder / "torus.ply"))
    writer.SetInputData(mesh)
    writer.SetArrayName("RGB")
    writer.SetFileTypeToBinary()
    writer.Write()


for make in (head, waves, peaks, bundles, surfaces, beam, swell, clouds, knot):
    make()
