"""Writes CIFTI-2 files to a folder, and prints what nibabel reads from them and from given files: the values of each vertex."""

import json
import os
import sys

import nibabel
import numpy
from nibabel import cifti2

folder = sys.argv[1]
random = numpy.random.default_rng(1)
structures = {"CIFTI_STRUCTURE_CORTEX_LEFT": 12, "CIFTI_STRUCTURE_CORTEX_RIGHT": 10}


def plain(array):
    return [None if numpy.isnan(value) else float(value) for value in array]


def describe(path):
    image = nibabel.load(path)
    columns, rows = (image.header.get_axis(i) for i in (0, 1))
    data = image.get_fdata()
    output = {"file": path, "columns": [], "structures": {}}
    for i in range(len(columns)):
        column = {"name": None if hasattr(columns, "time") else str(columns.name[i]), "labels": None}
        if isinstance(columns, cifti2.LabelAxis):
            column["labels"] = sorted([key, name, *map(float, color)] for key, (name, color) in columns.label[i].items())
        output["columns"].append(column)
    output["seconds"] = columns.time.tolist() if hasattr(columns, "time") else None
    for structure, count in rows.nvertices.items():
        values = numpy.full((len(columns), count), numpy.nan)
        if isinstance(rows, cifti2.ParcelsAxis):
            for row, vertices in enumerate(rows.vertices):
                values[:, vertices.get(structure, [])] = data[:, [row]]
        else:
            chosen = rows.name == structure
            values[:, rows.vertex[chosen]] = data[:, chosen]
        output["structures"][structure.replace("CIFTI_STRUCTURE_", "").replace("_", " ").lower()] = list(map(plain, values))
    return output


def save(name, columns, rows, data, dtype="f4"):
    image = nibabel.Cifti2Image(data.astype(dtype), (columns, rows))
    path = os.path.join(folder, name)
    nibabel.save(image, path)
    return path


left = cifti2.BrainModelAxis.from_mask(numpy.arange(12) % 4 != 1, "CortexLeft")
right = cifti2.BrainModelAxis.from_mask(numpy.arange(10) % 3 != 2, "CortexRight")
thalamus = cifti2.BrainModelAxis.from_mask(numpy.ones((2, 2, 2)), "thalamus_left", numpy.eye(4))
models = left + thalamus + right
maps = cifti2.ScalarAxis(["thickness", "myelin"])
table = {0: ("???", (0, 0, 0, 0)), 3: ("V1", (1, 0, 0, 1)), 70: ("MT", (0, 0.5, 1, 1))}
labels = cifti2.LabelAxis(["areas"], [table])
series = cifti2.SeriesAxis(3, 0.72, 5)
parcels = cifti2.ParcelsAxis(
    ["a", "b", "c"],
    [numpy.zeros((0, 3), int)] * 3,
    [
        {"CIFTI_STRUCTURE_CORTEX_LEFT": [1, 2, 11]},
        {"CIFTI_STRUCTURE_CORTEX_RIGHT": [0, 9]},
        {"CIFTI_STRUCTURE_CORTEX_LEFT": [0], "CIFTI_STRUCTURE_CORTEX_RIGHT": [4, 5]},
    ],
    nvertices=structures,
    affine=numpy.eye(4),
    volume_shape=(2, 2, 2),
)
size = len(models)
paths = [
    save("two.dscalar.nii", maps, models, random.random((2, size))),
    save("double.dscalar.nii", maps, models, random.random((2, size)), ">f8"),
    save("areas.dlabel.nii", labels, models, random.choice([0, 3, 70], (1, size)), "i4"),
    save("rest.dtseries.nii", series, models, random.random((5, size))),
    save("areas.pscalar.nii", maps, parcels, random.random((2, 3))),
    save("areas.ptseries.nii", series, parcels, random.random((5, 3))),
]
save("voxels.dscalar.nii", maps, thalamus, random.random((2, 8)))
save("connectivity.dconn.nii", left, left, random.random((len(left), len(left))))
print(json.dumps([describe(path) for path in paths + sys.argv[2:]]))
