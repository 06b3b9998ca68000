"""The off-screen canvas of rendercanvas in the browser, on which pygfx and FURY 2 draw.

    import scenecast.rendercanvas
    from rendercanvas.offscreen import RenderCanvas

    canvas = RenderCanvas(size=(640, 480))
    ...                                            # pygfx.renderers.WgpuRenderer(canvas), canvas.request_draw(animate)
    scenecast.rendercanvas.show(canvas)            # serves until Ctrl+C; in a notebook it returns at once

    scenecast.rendercanvas.show(show_manager)      # FURY 2: ShowManager(…, window_type="offscreen")

Written by the documentation of rendercanvas 2.7 and tried with its bitmap context. pygfx and FURY 2 could not be run here: they
need wgpu. The tests use an object with the interface of the canvas.
"""

from __future__ import annotations

from typing import Any, Dict, Optional

from .adapter import Adapter, finish_show
from .events import Event

#: What the canvas's handlers know of an event, by jupyter_rfb's specification.
_KEYS = {"event_type", "x", "y", "button", "buttons", "modifiers", "dx", "dy", "key", "time_stamp"}


def show(canvas: Any, *, max_fps: float = 30, block: Optional[bool] = None, **options: Any) -> CanvasView:
    """Serves an off-screen canvas.

    Args:
        canvas: rendercanvas.offscreen.OffscreenRenderCanvas, or an object that has one as ``window`` (FURY 2's ShowManager). It
            draws when a viewer arrives, after events, and after ``canvas.request_draw()``; only while there are viewers. Its
            size is that of the viewer's window.
        max_fps: frames a second at most if each draw requests the next.
        block: whether to serve until Ctrl+C. None: unless an event loop of asyncio runs, as in a notebook.
        options: of :class:`scenecast.Stream`: ``port``, ``host``, ``token``, …

    Raises TypeError if it is no such canvas, and what Stream raises.
    """
    return finish_show(CanvasView(canvas, max_fps=max_fps, **options), block)


class CanvasView(Adapter):
    """An off-screen canvas that is served. See :func:`show`."""

    def __init__(self, canvas: Any, *, max_fps: float = 30, **options: Any) -> None:
        self.canvas = _canvas_of(canvas)
        if not max_fps > 0:
            raise ValueError(f"max_fps must be a positive number of frames a second; it is {max_fps}.")
        self._frame_seconds = 1 / max_fps
        self._is_drawing = False
        super().__init__(self.canvas.get_physical_size(), **options)
        # An off-screen canvas has no scheduler, so its request_draw() alone does nothing.
        self._request_of_canvas = self.canvas.request_draw
        self.canvas.request_draw = self._on_request

    def _on_request(self, *arguments: Any, **options: Any) -> None:
        self._request_of_canvas(*arguments, **options)
        if self._is_drawing:
            self.call_later(self._frame_seconds, self.request_draw)
        else:
            self.request_draw()

    def draw(self) -> None:
        import numpy

        self._is_drawing = True
        try:
            image = self.canvas.draw()
        finally:
            self._is_drawing = False
        if image is None:
            raise RuntimeError("the canvas has drawn nothing: give it a context and a draw function, canvas.request_draw(function)")
        self.stream.write(numpy.asarray(image)[:, :, :3])

    def handle(self, event: Event) -> None:
        if event["event_type"] == "resize":
            # The canvas tells its handlers.
            self.canvas.set_pixel_ratio(event["pixel_ratio"])
            self.canvas.set_logical_size(event["width"], event["height"])
        else:
            self.canvas.submit_event(self._translate(event))
        # Without a scheduler nothing else delivers what was submitted.
        self.canvas._process_events()
        self.request_draw()

    def _translate(self, event: Event) -> Dict[str, Any]:
        known = {key: value for key, value in event.items() if key in _KEYS}
        if "fraction" in event:
            width, height = self.canvas.get_logical_size()
            known["x"], known["y"] = event["fraction"][0] * width, event["fraction"][1] * height
            if event["event_type"] != "wheel":
                known.update(ntouches=0, touches={})
        return known

    def close(self) -> None:
        if self.canvas.request_draw == self._on_request:
            self.canvas.request_draw = self._request_of_canvas
        super().close()


def _canvas_of(canvas: Any) -> Any:
    needed = ("draw", "submit_event", "request_draw", "set_logical_size", "set_pixel_ratio", "get_physical_size")
    for candidate in (canvas, getattr(canvas, "window", None)):
        if all(hasattr(candidate, name) for name in needed):
            return candidate
    raise TypeError(
        "An off-screen canvas is needed (rendercanvas.offscreen.RenderCanvas), or an object with one as .window, "
        f"and not an object of type {type(canvas).__name__}."
    )
