"""3D views and frames of a Python program in any browser.

    import scenecast

    stream = scenecast.Stream((1280, 720))    # frames that this program makes; see scenecast.stream
    stream.write(frame)                       # (h, w, 3 or 4) uint8, first row on top
    print(stream.url)

Names are imported when they are first used, so that ``import scenecast`` costs less than a millisecond.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .executable import ScenecastError as ScenecastError
    from .stream import Stream as Stream
    from .viewer import View as View
    from .viewer import record as record
    from .viewer import render as render
    from .viewer import view as view

__version__ = "0.1.0"

#: Public names, and the submodule that each comes from.
_EXPORTS = {"ScenecastError": "executable", "Stream": "stream", "View": "viewer", "record": "viewer", "render": "viewer", "view": "viewer"}

__all__ = ["ScenecastError", "Stream", "View", "record", "render", "view"]


def __getattr__(name: str) -> object:
    module = _EXPORTS.get(name)
    if module is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import importlib

    value: object = getattr(importlib.import_module(f"{__name__}.{module}"), name)
    globals()[name] = value
    return value


def __dir__() -> "list[str]":
    return sorted({*globals(), *_EXPORTS})
