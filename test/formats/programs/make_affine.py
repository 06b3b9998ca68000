"""Writes a NIfTI file, its voxels as NPY, and its affine by numpy.savetxt to a folder; prints the box of its voxels in mm."""

import itertools
import json
import os
import sys

import nibabel
import numpy

folder = sys.argv[1]
affine = numpy.array([[0.0, -2.5, 0.1, 30], [-1.5, 0, 0.2, 40], [0.1, 0.2, 3, -20], [0, 0, 0, 1]])
data = numpy.arange(4 * 5 * 6, dtype="i2").reshape(4, 5, 6)
nibabel.save(nibabel.Nifti1Image(data, affine), os.path.join(folder, "image.nii"))
numpy.save(os.path.join(folder, "image.npy"), data)
numpy.savetxt(os.path.join(folder, "affine.txt"), affine)
numpy.savetxt(os.path.join(folder, "affine-3x4.csv"), affine[:3], delimiter=",", fmt="%.3f", header="mm")
numpy.savetxt(os.path.join(folder, "fsl.mat"), affine, fmt="%.6f  ")
corners = nibabel.affines.apply_affine(affine, list(itertools.product([-0.5, 3.5], [-0.5, 4.5], [-0.5, 5.5])))
print(json.dumps({"min": corners.min(0).tolist(), "max": corners.max(0).tolist(), "affine": affine.ravel().tolist()}))
