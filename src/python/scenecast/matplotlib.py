"""A matplotlib figure in the browser: pan, zoom, pick and keys as in matplotlib's own windows.

    import scenecast.matplotlib

    scenecast.matplotlib.show(figure)      # serves until Ctrl+C; in a notebook it returns at once

Keys are matplotlib's: p pans, o zooms to a rectangle, h shows the first view, c and v the ones before and after, g the grid.
Three-dimensional axes turn by dragging. An animation is made after ``view = show(figure, block=False)``, so that its timer is
the view's; then ``view.run()``.
"""

from __future__ import annotations

import weakref
from typing import Any, Dict, Optional, Tuple

from .adapter import Adapter, finish_show, frame_size
from .events import Event

#: matplotlib's names of keys that are not the lower-case names of browsers.
_KEY_NAMES: Dict[str, str] = {
    "ArrowLeft": "left",
    "ArrowUp": "up",
    "ArrowRight": "right",
    "ArrowDown": "down",
    "AltGraph": "alt",
    "CapsLock": "caps_lock",
}

#: matplotlib's prefixes of keys for modifiers, in its order.
_PREFIXES = {"Control": "ctrl", "Alt": "alt", "Meta": "super", "Shift": "shift"}

#: matplotlib's mouse buttons for those of events: left, right, middle.
_BUTTONS = {1: 1, 2: 3, 3: 2}

_MOUSE_EVENTS = {
    "pointer_down": "button_press_event",
    "pointer_up": "button_release_event",
    "pointer_move": "motion_notify_event",
    "double_click": "button_press_event",
}


def show(figure: Any, *, block: Optional[bool] = None, **options: Any) -> FigureView:
    """Serves a figure.

    Args:
        figure: a matplotlib Figure, from pyplot or not. It is drawn when a viewer arrives, and again when something of it
            changed or ``draw_idle`` was called, only while there are viewers. Its size is that of the viewer's window.
        block: whether to serve until Ctrl+C. None: unless an event loop of asyncio runs, as in a notebook.
        options: of :class:`scenecast.Stream`: ``port``, ``host``, ``token``, …

    Tested with matplotlib 3.6. Raises TypeError if it is no figure, and what Stream raises.
    """
    return finish_show(FigureView(figure, **options), block)


class FigureView(Adapter):
    """A figure that is served. See :func:`show`. Its canvas is this view's until :meth:`close`."""

    def __init__(self, figure: Any, **options: Any) -> None:
        if not hasattr(figure, "set_canvas") or not hasattr(figure, "dpi"):
            raise TypeError(f"A matplotlib Figure is needed, and not an object of type {type(figure).__name__}.")
        from .matplotlib_canvas import Canvas, Toolbar

        self.figure = figure
        self._replaced_canvas = figure.canvas
        self._is_stale = True
        self._is_drawing = False
        self._pointer: Tuple[Optional[float], Optional[float]] = (None, None)
        width, height = figure.get_size_inches() * figure.dpi
        super().__init__((max(1, round(width)), max(1, round(height))), **options)
        self.canvas = Canvas(figure, self)
        self.toolbar = Toolbar(self.canvas)
        self._replaced_callback = figure.stale_callback
        # Weak, so that a figure does not keep a view, and its page, that nothing else refers to.
        reference = weakref.ref(self)
        figure.stale_callback = lambda _, is_stale: _on_stale(reference(), is_stale)

    def redraw(self) -> None:
        """Has the figure drawn again soon. May be called from any thread."""
        self._is_stale = True
        self.request_draw()

    def draw(self) -> None:
        import numpy

        if self._is_stale:
            self._is_stale = False
            self._is_drawing = True
            try:
                self.canvas.draw()
            finally:
                self._is_drawing = False
        pixels = numpy.asarray(self.canvas.buffer_rgba())[:, :, :3]
        if self.toolbar.rubberband is not None:
            pixels = _with_rectangle(pixels, self.toolbar.rubberband)
        self.stream.write(pixels)

    def handle(self, event: Event) -> None:
        kind = event["event_type"]
        if kind == "resize":
            self._resize(event)
        elif kind in ("key_down", "key_up"):
            self._press_key(kind, event)
        elif kind == "wheel":
            self._point("scroll_event", event, step=-event["dy"] / 100)
        elif kind in _MOUSE_EVENTS:
            self._point(_MOUSE_EVENTS[kind], event, _BUTTONS.get(event["button"]), dblclick=kind == "double_click")

    def _process(self, event: Any) -> None:
        self.canvas.callbacks.process(event.name, event)

    def _point(self, name: str, event: Event, button: Optional[int] = None, **more: Any) -> None:
        from matplotlib.backend_bases import MouseEvent

        width, height = self.canvas.get_width_height(physical=True)
        x, y = event["fraction"]
        self._pointer = (x * width, height - y * height)
        self._process(MouseEvent(name, self.canvas, *self._pointer, button, **more))

    def _press_key(self, kind: str, event: Event) -> None:
        from matplotlib.backend_bases import KeyEvent, key_press_handler

        name = "key_press_event" if kind == "key_down" else "key_release_event"
        pressed = KeyEvent(name, self.canvas, key_name(event), *self._pointer)
        self._process(pressed)
        if kind == "key_down":
            key_press_handler(pressed, self.canvas, self.toolbar)

    def _resize(self, event: Event) -> None:
        from matplotlib.backend_bases import ResizeEvent

        # Text and lines keep their size on screens with more pixels.
        self.canvas._set_device_pixel_ratio(event["pixel_ratio"])
        width, height = frame_size(event)
        dpi = self.figure.dpi
        self.figure.set_size_inches(width / dpi, height / dpi, forward=False)
        self._process(ResizeEvent("resize_event", self.canvas))
        self.redraw()

    def close(self) -> None:
        if self.is_open:
            self.figure.stale_callback = self._replaced_callback
            self.figure.set_canvas(self._replaced_canvas)
        super().close()


def _on_stale(view: Optional[FigureView], is_stale: bool) -> None:
    # Drawing itself marks artists as stale, and at its end as drawn.
    if view is not None and is_stale and not view._is_drawing:
        view.redraw()


def key_name(event: Event) -> str:
    """matplotlib's name of a key with its modifiers: "a", "A", "ctrl+left"."""
    key = event["key"]
    if len(key) == 1:
        # A character contains its Shift.
        held = [modifier for modifier in _PREFIXES if modifier in event["modifiers"] and modifier != "Shift"]
        name = key
    else:
        held = [modifier for modifier in _PREFIXES if modifier in event["modifiers"] and modifier != key]
        name = _KEY_NAMES.get(key, key.lower())
    return "+".join([*(_PREFIXES[modifier] for modifier in held), name])


def _with_rectangle(pixels: Any, rectangle: Tuple[float, float, float, float]) -> Any:
    """A copy with the rectangle's border, whose colours are inverted so that it is visible on any."""
    copy = pixels.copy()
    height, width = copy.shape[:2]
    left, bottom, right, top = rectangle
    x0, x1 = (min(max(int(x), 0), width - 1) for x in (left, right))
    y0, y1 = (min(max(height - 1 - int(y), 0), height - 1) for y in (top, bottom))
    for part in (copy[y0, x0 : x1 + 1], copy[y1, x0 : x1 + 1], copy[y0 : y1 + 1, x0], copy[y0 : y1 + 1, x1]):
        part[:] = 255 - part
    return copy
