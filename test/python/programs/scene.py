"""Reads and changes the scene document of a view. Argument: a model file. Prints one JSON line."""

import json
import sys
from collections.abc import Callable
from typing import Any

import scenecast

model = sys.argv[1]


def error_of(action: Callable[[], Any]) -> str | None:
    try:
        action()
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return None


with scenecast.view(model, size=(160, 120), view="left", gl_backend="angle") as view:
    view.snapshot()
    first = view.scene
    scene = view.scene
    scene["layers"][0]["color"] = "red"
    scene["view"]["background"] = "white"
    view.scene = scene
    second = view.scene
    picture = view.snapshot()
    red = int(((picture[..., 0] > 80) & (picture[..., 1] < 40)).sum())
    white = int((picture == 255).all(axis=-1).sum())
    del scene["view"]["background"]
    scene["view"]["view"] = "top"
    del scene["view"]["camera"]
    view.scene = scene
    third = view.scene

    def assign(document: Any) -> None:
        view.scene = document

    layer = third["layers"][0]
    errors = [
        error_of(lambda: assign({**third, "layers": [{**layer, "colr": "red"}]})),
        error_of(lambda: assign({**third, "layers": [{**layer, "file": "/etc/passwd"}]})),
        error_of(lambda: assign({**third, "time": 9})),
        error_of(lambda: assign({**third, "time": float("nan")})),
    ]
    same = view.scene == third
    place = view.pick(0.25, 0.35)
    corner = view.pick(0, 0.0)
    errors.append(error_of(lambda: view.pick(1.5, float("nan"))))

errors.append(error_of(lambda: view.scene))
results = {"scenes": [first, second, third], "red": red, "white": white, "same": same, "errors": errors, "picked": [place, corner]}
print(json.dumps(results), flush=True)
