"""The affine and the values of images as JSON, as nibabel reads them."""

import numpy


def flat(image):
    """All values: components fastest, then i, j, k and time. Complex ones as magnitude."""
    data = numpy.asanyarray(image.dataobj)
    if data.dtype.names:  # RGB
        data = numpy.stack([data[name] for name in data.dtype.names])
    if numpy.iscomplexobj(data):
        data = numpy.abs(data)
    return [None if value != value else value for value in data.astype(float).ravel(order="F").tolist()]


def describe(file, image):
    return {
        "file": file,
        "affine": image.affine.astype(float).ravel().tolist(),
        "shape": list(image.shape),
        "values": flat(image),
    }
