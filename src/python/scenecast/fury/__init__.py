"""FURY's streaming by scenecast: the names of ``fury.stream`` with its arguments and defaults, so that the change is the import.

    from scenecast.fury import FuryStreamClient, FuryStreamInteraction, Widget, web_server, web_server_raw_array

A program that writes ``fury.stream.server.web_server``, as FURY's tutorials do, takes FURY itself from here; its ``stream`` is this
module, everything else is FURY's:

    from scenecast.fury import fury

FURY 0.12 and VTK are the program's. FURY 2 has no ``fury.stream``: see :mod:`scenecast.rendercanvas`.

What FURY's own server is made of is not here (``get_app``, ``RTCServer``, the handlers): the server is the executable.
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


def __getattr__(name: str) -> Any:
    if name != "fury":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import importlib

    importlib.import_module("fury")
    module = _Fury("fury")
    module.__dict__["stream"] = sys.modules[__name__]
    globals()["fury"] = module
    return module
