"""Writes arrays of NumPy to a folder, and prints their values in the order of memory: i fastest."""

import json
import os
import sys

import numpy

folder = sys.argv[1]
random = numpy.random.default_rng(0)
outputs = []
for order in "CF":
    for code in "?", "i1", "<u2", ">i4", "<i8", "<f4", ">f8", "<c8":
        for shape in (3, 4), (3, 4, 5), (3, 4, 5, 2):
            data = numpy.asarray((random.random(shape) * 100).astype(code), order=order)
            path = os.path.join(folder, f"{order}-{code.strip('<>?')}-{len(shape)}.npy")
            numpy.save(path, data)
            data = numpy.abs(data) if code == "<c8" else data
            values = data.astype(float).ravel(order="F")
            identity = numpy.eye(4).ravel().tolist()
            output = {"file": path, "affine": identity, "shape": shape, "count": values.size, "step": 1}
            outputs.append({**output, "values": values.tolist()})
print(json.dumps(outputs))
