"""The affine and the values of images as JSON, as nibabel reads them."""

import numpy


MAX_VALUES = 20000


def flat(image):
    """All values, as doubles: components fastest, then i, j, k and time. Complex ones as magnitude."""
    data = numpy.asanyarray(image.dataobj)
    if data.dtype.names:  # RGB
        data = numpy.stack([data[name] for name in data.dtype.names])
    if numpy.iscomplexobj(data):
        data = numpy.abs(data)
    return data.astype(float).ravel(order="F")


def describe(file, image):
    """Of a large image, only every n-th value."""
    values = flat(image)
    step = 1 + values.size // MAX_VALUES
    return {
        "file": file,
        "affine": image.affine.astype(float).ravel().tolist(),
        "shape": [int(size) for size in image.shape],
        "count": values.size,
        "step": step,
        "values": [None if value != value else value for value in values[::step].tolist()],
    }
