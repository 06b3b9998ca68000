"""scenecast.view, scenecast.render and scenecast.record with the model and the folder given on the command line. Prints the results as JSON."""

import base64
import io
import json
import os
import sys

import numpy
from PIL import Image

import scenecast

model, folder = sys.argv[1:]


def message(function, *args, **options):
    try:
        function(*args, **options)
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return None


picture = scenecast.render(model, size=(160, 120), view="left")
transparent = scenecast.render((model, {"color": "red"}), size=(160, 120), background="transparent")
output = os.path.join(folder, "picture.png")
nothing = scenecast.render(model, size=(160, 120), view="left", output=output)

film = os.path.join(folder, "film.webm")
scenecast.record(model, output=film, size=(160, 120), turntable=-90, frames=2)
with open(film, "rb") as file:
    signature = file.read(4).hex()

with scenecast.view((model, {"color": "red"}), size=(160, 120), up="-z") as view:
    snapshot = view.snapshot()
    rendered = scenecast.render((model, {"color": "red"}), size=(160, 120), up="-z", camera=view.camera)
    bundle = view._repr_mimebundle_()
    facts = {"text": repr(view), "html": bundle["text/html"], "url": view.url, "is_open": view.is_open}
    shown = numpy.asarray(Image.open(io.BytesIO(base64.b64decode(bundle["image/png"]))))

broken = os.path.join(folder, "broken.obj")
with open(broken, "w") as file:
    file.write("f 1 2 999\n")
failing = scenecast.view(broken)

print(
    json.dumps(
        {
            **facts,
            "picture": [picture.shape, str(picture.dtype)],
            "file": bool((numpy.asarray(Image.open(output)) == picture).all()) and nothing is None,
            "visible": int((picture != picture[0, 0]).any(axis=2).sum()),
            "transparent": [transparent.shape, transparent[0, 0].tolist()],
            "red": [int((image[..., 0] > 2.0 * image[..., 1]).sum()) for image in (snapshot, rendered)],
            "snapshot": [snapshot.shape, str(snapshot.dtype)],
            "same": float(numpy.abs(snapshot.astype(int) - rendered).mean()),
            "shown": bool((shown == snapshot).all()),
            "closed": repr(view),
            "film": signature,
            "errors": [
                message(view.snapshot),
                message(failing.run),
                message(failing._repr_mimebundle_),
                message(scenecast.render, broken),
                message(scenecast.render),
                message(scenecast.record, model, output="film.gif"),
                message(scenecast.view, picture),
                message(scenecast.view, "/no/such.obj"),
                message(scenecast.view, model, colour="red"),
                message(scenecast.view, model, json=True),
                message(scenecast.view, model, socket="view.sock"),
                message(scenecast.view, model, height=0),
            ],
        }
    )
)
