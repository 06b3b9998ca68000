"""Prints what nibabel reads from given images."""

import json
import sys

import nibabel
from image_values import describe

print(json.dumps([describe(path, nibabel.load(path)) for path in sys.argv[1:]]))
