"""Prints what a Stream shows in a notebook of a JupyterHub before and after its first frame, as JSON."""

import base64
import io
import json
import os

import numpy
from PIL import Image

import scenecast

os.environ["JUPYTERHUB_SERVICE_PREFIX"] = "/user/me/"
frame = numpy.random.default_rng(1).integers(0, 256, (48, 64, 3), numpy.uint8)

with scenecast.Stream((64, 48)) as stream:
    before = stream._repr_mimebundle_()
    stream.write(frame)
    after = stream._repr_mimebundle_()
    picture = numpy.asarray(Image.open(io.BytesIO(base64.b64decode(after.get("image/png", "")))))

print(
    json.dumps(
        [
            {"keys": list(before), "html": before["text/html"]},
            {"keys": list(after), "html": after["text/html"], "equal": bool((picture == frame).all())},
        ]
    )
)
