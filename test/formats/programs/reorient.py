"""Writes one image in all 48 orientations to a folder."""

import itertools
import os
import sys

import nibabel
import numpy
from nibabel.orientations import axcodes2ornt, inv_ornt_aff, apply_orientation

folder = sys.argv[1]
data = numpy.random.default_rng(0).integers(0, 255, (5, 6, 7)).astype("u1")
affine = numpy.array([[2, 0.1, 0, -5], [-0.1, 2.5, 0.2, 8], [0, -0.2, 3, 1], [0, 0, 0, 1]])
for axes in itertools.permutations(range(3)):
    for flips in itertools.product((1, -1), repeat=3):
        orientation = numpy.array(list(zip(axes, flips)))
        moved = affine @ inv_ornt_aff(orientation, data.shape)
        image = nibabel.Nifti1Image(apply_orientation(data, orientation), moved)
        name = "".join(map(str, axes)) + "".join("+-"[flip < 0] for flip in flips)
        nibabel.save(image, os.path.join(folder, f"{name}.nii"))
print("[]")
