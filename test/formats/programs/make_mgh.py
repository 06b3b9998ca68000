"""Writes MGH files of all types to a folder, and prints what nibabel reads from them."""

import json
import os
import sys

import nibabel
import numpy
from image_values import describe

folder = sys.argv[1]
random = numpy.random.default_rng(0)
affine = numpy.array([[0.9, 0.3, -0.1, -12.5], [-0.2, 1.1, 0.4, 40], [0.3, -0.2, 1.5, 7], [0, 0, 0, 1]])
outputs = []
for name, code, shape, extension in (
    ("bytes", "u1", (3, 4, 5), "mgh"),
    ("ints", "i4", (3, 4, 5), "mgh"),
    ("floats", "f4", (3, 4, 5, 2), "mgh"),
    ("shorts", "i2", (3, 4, 5), "mgz"),
):
    image = nibabel.MGHImage((random.random(shape) * 200).astype(code), affine)
    path = os.path.join(folder, f"{name}.{extension}")
    nibabel.save(image, path)
    outputs.append(describe(path, nibabel.load(path)))
for path in sys.argv[2:]:
    outputs.append(describe(path, nibabel.load(path)))
print(json.dumps(outputs))
