"""FURY's streaming by scenecast: the names of ``fury.stream`` with its arguments and defaults, so that the change is the import.

    from scenecast.fury import FuryStreamClient, FuryStreamInteraction, Widget, web_server, web_server_raw_array

A program that writes ``fury.stream.server.web_server``, as FURY's tutorials do, takes FURY itself from here; its ``stream`` is this
module, everything else is FURY's:

    from scenecast.fury import fury

FURY 0.12 and VTK are the program's. FURY 2 has no ``fury.stream``: see :mod:`scenecast.rendercanvas`.

What FURY's own server is made of is not here (``get_app``, ``RTCServer``, the handlers): the server is the executable. Importing one of
these names raises an ImportError that says what to use instead.
"""

from __future__ import annotations

import sys
import types
from typing import Any

from .events import CQUEUE as _CQUEUE
from .events import set_mouse, set_mouse_click, set_weel
from .images import GenericImageBufferManager, RawArrayImageBufferManager, SharedMemImageBufferManager
from .queues import (
    ArrayCircularQueue,
    GenericCircularQueue,
    GenericMultiDimensionalBuffer,
    RawArrayMultiDimensionalBuffer,
    SharedMemCircularQueue,
    SharedMemMultiDimensionalBuffer,
)
from .servers import WEBRTC_AVAILABLE, web_server, web_server_raw_array
from .streaming import FuryStreamClient, FuryStreamInteraction, callback_stream_client, interaction_callback
from .timers import IntervalTimer, IntervalTimerThreading
from .widgets import Widget, check_port_is_available

__all__ = [
    "WEBRTC_AVAILABLE",
    "ArrayCircularQueue",
    "FuryStreamClient",
    "FuryStreamInteraction",
    "GenericCircularQueue",
    "GenericImageBufferManager",
    "GenericMultiDimensionalBuffer",
    "IntervalTimer",
    "IntervalTimerThreading",
    "RawArrayImageBufferManager",
    "RawArrayMultiDimensionalBuffer",
    "SharedMemCircularQueue",
    "SharedMemImageBufferManager",
    "SharedMemMultiDimensionalBuffer",
    "Widget",
    "callback_stream_client",
    "check_port_is_available",
    "fury",
    "interaction_callback",
    "remove_shm_from_resource_tracker",
    "set_mouse",
    "set_mouse_click",
    "set_weel",
    "web_server",
    "web_server_raw_array",
]

# FURY's modules (fury.stream.client, fury.stream.server.main, …) are all this one.
client = server = tools = widget = main = async_app = constants = sys.modules[__name__]


def remove_shm_from_resource_tracker() -> None:
    """Does nothing: FURY needs it because attaching to a segment by multiprocessing has it removed at the end; attaching here has not."""


class _Fury(types.ModuleType):
    """FURY, with this module as its ``stream``."""

    def __getattr__(self, name: str) -> Any:
        import importlib

        value = getattr(importlib.import_module("fury"), name)
        setattr(self, name, value)
        return value


#: Names of FURY's own server, and what to use instead.
_SERVER_PARTS = {
    "get_app": "web_server(…) or web_server_raw_array(…), which serve a page until the process ends",
    "RTCServer": "web_server(…, provides_webrtc=True), whose page chooses WebRTC where it is possible",
    "VideoStreamTrack": "web_server(…, provides_webrtc=True), whose page chooses WebRTC where it is possible",
    "index": "web_server(…), which serves the page at /",
    "javascript": "web_server(…), whose page contains its scripts",
    "mjpeg_handler": "web_server(…, provides_mjpeg=True), which serves /video/mjpeg",
    "offer": "web_server(…, provides_webrtc=True), which serves /offer and /whep",
    "websocket_handler": "web_server(…) with the buffers of a queue, which serves /ws",
    "on_shutdown": "web_server(…), which closes its connections when the process ends",
}


def __getattr__(name: str) -> Any:
    if name in _SERVER_PARTS:
        # An AttributeError would be replaced by a sentence of Python's when the name is imported.
        raise ImportError(
            f"{name} is a part of FURY's own server, which is not in scenecast.fury: the server is the executable. "
            f"Use {_SERVER_PARTS[name]}.",
            name=name,
        )
    if name != "fury":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import importlib

    importlib.import_module("fury")
    module = _Fury("fury")
    module.__dict__["stream"] = sys.modules[__name__]
    globals()["fury"] = module
    return module
