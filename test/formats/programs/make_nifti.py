"""Writes NIfTI files of all types, byte orders and layouts to a folder, and prints what nibabel reads from them."""

import json
import os
import sys

import nibabel
import numpy
from image_values import describe

folder = sys.argv[1]
random = numpy.random.default_rng(0)
outputs = []


def save(name, data, affine, classes=nibabel.Nifti1Image, order="<", change=lambda header: None, extension="nii"):
    image = classes(data, affine, classes.header_class(endianness=order), dtype=data.dtype)
    change(image.header)
    path = os.path.join(folder, f"{name}.{extension}")
    nibabel.save(image, path)
    outputs.append(describe(path, nibabel.load(path)))


def rotated(angles, sizes, offset, flip=False):
    x, y, z = angles
    rx = numpy.array([[1, 0, 0], [0, numpy.cos(x), -numpy.sin(x)], [0, numpy.sin(x), numpy.cos(x)]])
    ry = numpy.array([[numpy.cos(y), 0, numpy.sin(y)], [0, 1, 0], [-numpy.sin(y), 0, numpy.cos(y)]])
    rz = numpy.array([[numpy.cos(z), -numpy.sin(z), 0], [numpy.sin(z), numpy.cos(z), 0], [0, 0, 1]])
    affine = numpy.eye(4)
    affine[:3, :3] = rx @ ry @ rz @ numpy.diag([*sizes[:2], -sizes[2] if flip else sizes[2]])
    affine[:3, 3] = offset
    return affine


oblique = rotated((0.3, -0.2, 1.1), (0.5, 1.25, 2), (-12.5, 40, 7))
types = "u1 i1 u2 i2 u4 i4 u8 i8 f4 f8 c8 c16".split()
for classes, version in ((nibabel.Nifti1Image, 1), (nibabel.Nifti2Image, 2)):
    for order in "<>":
        for code in types:
            data = (random.random((3, 4, 5, 2)) * 200 - (0 if code[0] == "u" else 100)).astype(code)
            if code[0] == "c":
                data = data + 1j * (random.random(data.shape) * 9).astype(code)
            name = f"v{version}-{'little' if order == '<' else 'big'}-{code}"
            save(name, data.astype(code), oblique, classes, order)
for code, values in (("i8", [2**40, -(2**52) + 1, -1]), ("u8", [2**52 + 1, 0, 5])):
    save(f"large-{code}", numpy.array(values, code).reshape(3, 1, 1), oblique)
for name, fields in (("rgb", "RGB"), ("rgba", "RGBA")):
    data = numpy.zeros((3, 4, 5), [(field, "u1") for field in fields])
    for field in fields:
        data[field] = random.integers(0, 255, data.shape)
    save(name, data, oblique)

small = random.random((3, 4, 5)).astype("f4")
save("pair", small, oblique, nibabel.Nifti1Pair, extension="hdr")
save("pair2", small, oblique, nibabel.Nifti2Pair, ">", extension="hdr")
save("compressed", small, oblique, extension="nii.gz")
save("compressed-pair", small, oblique, nibabel.Nifti1Pair, extension="img.gz")
save("plane", small[:, :, 0], oblique)
save("five", random.random((2, 3, 4, 2, 3)).astype("f4"), oblique)


def scale(slope, inter):
    return lambda header: header.set_slope_inter(slope, inter)


def codes(sform, qform):
    def change(header):
        header["sform_code"], header["qform_code"] = sform, qform

    return change


integers = random.integers(-99, 99, (3, 4, 5)).astype("i2")
save("scaled", integers, oblique, change=scale(0.25, -7))
save("nan", numpy.where(small > 0.5, numpy.nan, small), oblique)
save("neither", integers, None, change=codes(0, 0))
for n, angles in enumerate([(0, 0, 0), (numpy.pi, 0, 0), (0, numpy.pi, 0), (0.1, 2.5, -3), (3, -2, 1)]):
    for flip in (False, True):
        affine = rotated(angles, (0.5, 1.25, 2), (-12.5, 40, 7), flip)
        name = f"qform-{n}-{'flipped' if flip else 'straight'}"

        def only_qform(header, affine=affine):
            header.set_sform(None, 0)
            header.set_qform(affine, 1)

        save(name, integers, affine, change=only_qform)


def both(header):
    header.set_sform(oblique, 2)
    header.set_qform(rotated((0, 0, 0), (1, 1, 1), (0, 0, 0)), 1)


save("both", integers, oblique, change=both)
print(json.dumps(outputs))
