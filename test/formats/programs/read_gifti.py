"""Writes GIFTI files of all encodings to a folder, and prints the arrays of these and of given files, as nibabel reads them."""

import json
import os
import sys

import nibabel
import numpy
from nibabel.gifti import GiftiDataArray, GiftiImage, GiftiLabel, GiftiLabelTable, GiftiMetaData

MAX_VALUES = 20000
folder = sys.argv[1]
points = numpy.array([[0, 0, 0], [10, 0, 0], [0, 20, 0], [0, 0, 30.5]], "f4")
triangles = numpy.array([[0, 1, 2], [0, 1, 3], [1, 2, 3]], "i4")
table = GiftiLabelTable()
for key, (name, color) in enumerate((("unknown", (0, 0, 0, 0)), ("area <1>", (1, 0.5, 0, 1)))):
    label = GiftiLabel(key, *color)
    label.label = name
    table.labels.append(label)
files = []
for encoding in ("ASCII", "B64BIN", "B64GZ"):
    # nibabel ignores the order of ASCII data.
    for order in ("C",) if encoding == "ASCII" else ("C", "F"):
        for endian in ("little", "big"):
            arrays = [
                GiftiDataArray(values, intent, datatype, encoding=f"GIFTI_ENCODING_{encoding}", endian=endian, ordering=order)
                for values, intent, datatype in (
                    (triangles, "NIFTI_INTENT_TRIANGLE", "NIFTI_TYPE_INT32"),
                    (points, "NIFTI_INTENT_POINTSET", "NIFTI_TYPE_FLOAT32"),
                    (numpy.array([0, 1, 1, 0], "i4"), "NIFTI_INTENT_LABEL", "NIFTI_TYPE_INT32"),
                    (numpy.array([0.5, -1, numpy.nan, 3], "f4"), "NIFTI_INTENT_SHAPE", "NIFTI_TYPE_FLOAT32"),
                )
            ]
            arrays[3].meta = GiftiMetaData({"Name": "thickness"})
            path = os.path.join(folder, f"{encoding}-{order}-{endian}.gii")
            nibabel.save(GiftiImage(darrays=arrays, labeltable=table), path)
            files.append(path)


def describe(array):
    values = array.data.astype(float).ravel()
    step = 1 + values.size // MAX_VALUES
    sample = [None if value != value else value for value in values[::step].tolist()]
    intent = nibabel.nifti1.intent_codes.niistring[array.intent].replace("NIFTI_INTENT_", "")
    return {"intent": intent, "count": values.size, "step": step, "values": sample}


output = []
for path in files + sys.argv[2:]:
    image = nibabel.load(path)
    labels = [[label.key, label.label, *label.rgba] for label in image.labeltable.labels]
    output.append({"file": path, "arrays": [describe(array) for array in image.darrays], "labels": labels})
print(json.dumps(output))
