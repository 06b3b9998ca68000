"""Writes surfaces, values and annotations of FreeSurfer to a folder, and prints what nibabel reads from them and from given files."""

import json
import os
import sys

import nibabel.freesurfer as fs
import numpy

folder = sys.argv[1]
points = numpy.array([[0, 0, 0], [10, 0, 0], [0, 20, 0], [0, 0, 30.5]], "f4")
triangles = numpy.array([[0, 1, 2], [0, 1, 3], [1, 2, 3]], "i4")
geometry = {
    "head": numpy.array([2, 0, 20]),
    "valid": "1  # volume info valid",
    "filename": "../mri/filled-pretess255.mgz",
    "volume": numpy.array([256, 256, 200]),
    "voxelsize": numpy.array([1.0, 0.9, 1.2]),
    "xras": numpy.array([-0.99, 0.1, 0.0995]),
    "yras": numpy.array([0.0995, 0.0, -0.995]),
    "zras": numpy.array([0.0995, 0.995, 0.01]),
    "cras": numpy.array([5.5, -17.0, 20.25]),
}
output = {"folder": folder}


def path(name):
    return os.path.join(folder, name)


fs.write_geometry(path("lh.pial"), points, triangles, volume_info=geometry)
fs.write_geometry(path("lh.white"), points, triangles)
# Norig * inv(Torig), with the whole matrices.
sizes, dims = geometry["voxelsize"], geometry["volume"]


def matrix(directions, centre):
    affine = numpy.eye(4)
    affine[:3, :3] = numpy.array(directions).T * sizes
    affine[:3, 3] = centre - affine[:3, :3] @ (dims / 2)
    return affine


scanner = matrix([geometry["xras"], geometry["yras"], geometry["zras"]], geometry["cras"])
surface = matrix([[-1, 0, 0], [0, 0, -1], [0, 1, 0]], numpy.zeros(3))
moved = scanner @ numpy.linalg.inv(surface) @ numpy.column_stack([points, numpy.ones(4)]).T
output["scanner"] = moved[:3].T.ravel().tolist()
output["points"] = points.ravel().tolist()
output["triangles"] = triangles.ravel().tolist()
fs.write_morph_data(path("lh.curv"), numpy.array([0.5, -1, 2.25, 3], "f4"))
colors = numpy.array([[255, 128, 0, 0, 0], [1, 2, 3, 255, 0]])
fs.write_annot(path("lh.aparc.annot"), numpy.array([1, 0, -1, 1]), colors, ["front", "back"], fill_ctab=True)


def annotation(file):
    labels, colors, names = fs.read_annot(file)
    step = 1 + labels.size // 20000
    table = [[name.decode(), *color[:4].tolist()] for name, color in zip(names, colors)]
    return {"file": file, "count": labels.size, "step": step, "values": labels[::step].tolist(), "table": table}


def values(file):
    data = fs.read_morph_data(file)
    step = 1 + data.size // 20000
    return {"file": file, "count": data.size, "step": step, "values": data[::step].astype(float).tolist()}


# nibabel writes no labels and reads no paint files: these are by their descriptions.
with open(path("lh.V1.label"), "w") as file:
    file.write("#!ascii label  , from subject test vox2ras=TkReg\n2\n3  0.0  0.0  30.5 0.25\n1  10.0  0.0  0.0 0.75\n")
vertices, scalars = fs.read_label(path("lh.V1.label"), read_scalars=True)
output["label"] = {"vertices": vertices.tolist(), "scalars": scalars.tolist()}
given = sys.argv[2:]
output["annotations"] = [annotation(f) for f in [path("lh.aparc.annot"), *(f for f in given if f.endswith("annot"))]]
output["values"] = [values(f) for f in [path("lh.curv"), *(f for f in given if f.endswith("curv"))]]
print(json.dumps(output))
