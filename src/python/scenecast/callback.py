"""A function that draws, in the browser.

    import scenecast.callback

    def draw(width, height):
        return numpy.zeros((height, width, 3), "uint8")

    scenecast.callback.show(draw, fps=30)      # serves until Ctrl+C; in a notebook it returns at once
"""

from __future__ import annotations

from typing import Any, Callable, Optional, Tuple

from .adapter import Adapter, finish_show, frame_size
from .events import Event


def show(
    draw: Callable[[int, int], Any],
    *,
    size: Tuple[int, int] = (640, 480),
    fps: Optional[float] = None,
    on_event: Optional[Callable[[Event], object]] = None,
    block: Optional[bool] = None,
    **options: Any,
) -> CallbackView:
    """Serves what a function draws.

    Args:
        draw: called with the width and height of the viewer's window in px; returns a frame: (height, width, 3 or 4) uint8,
            first row on top. It is called when somebody looks, and then after each event (with ``on_event``), after
            :meth:`CallbackView.request_draw`, when the window changes its size, and ``fps`` times a second.
        size: width and height, px, until a viewer has said that of its window.
        fps: frames a second while there are viewers; None: only on request.
        on_event: called with each event of a viewer (:mod:`scenecast.events`), before the frame that follows.
        block: whether to serve until Ctrl+C. None: unless an event loop of asyncio runs, as in a notebook.
        options: of :class:`scenecast.Stream`: ``port``, ``host``, ``token``, …

    Both functions are called in the thread that serves. An exception in one is printed as a sentence, and the last picture
    stays. Raises what Stream raises.
    """
    return finish_show(CallbackView(draw, size=size, fps=fps, on_event=on_event, **options), block)


class CallbackView(Adapter):
    """A drawing function that is served. See :func:`show`."""

    def __init__(
        self,
        draw: Callable[[int, int], Any],
        *,
        size: Tuple[int, int] = (640, 480),
        fps: Optional[float] = None,
        on_event: Optional[Callable[[Event], object]] = None,
        **options: Any,
    ) -> None:
        self._draw = draw
        self._on_event = on_event
        self._size = size
        super().__init__(size, fps=fps, **options)

    def draw(self) -> None:
        self.stream.write(self._draw(*self._size))

    def handle(self, event: Event) -> None:
        if event["event_type"] == "resize":
            self._size = frame_size(event)
            self.request_draw()
        if self._on_event is not None:
            self.request_draw()
            self._on_event(event)
