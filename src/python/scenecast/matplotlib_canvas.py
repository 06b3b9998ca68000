"""The canvas, toolbar and timers of :mod:`scenecast.matplotlib`. Imports matplotlib; only that module imports this one."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Any, Optional, Tuple

from matplotlib.backend_bases import NavigationToolbar2, TimerBase
from matplotlib.backends.backend_agg import FigureCanvasAgg

if TYPE_CHECKING:
    from .matplotlib import FigureView

#: A rectangle in px of the frame: left, bottom, right, top; y up.
Rectangle = Tuple[float, float, float, float]


class Canvas(FigureCanvasAgg):  # type: ignore[misc]
    """A canvas of the Agg renderer, whose drawings :class:`FigureView` shows.

    It refers to the view weakly: a figure does not keep the page of a view that nothing else refers to.
    """

    def __init__(self, figure: Any, view: FigureView) -> None:
        self._view = weakref.ref(view)
        super().__init__(figure)

    def draw_idle(self, *args: Any, **kwargs: Any) -> None:
        view = self._view()
        if view is not None:
            view.redraw()

    def blit(self, bbox: Any = None) -> None:
        """The renderer's pixels have changed without :meth:`draw`, as in animations with blit=True."""
        self.show_pixels()

    def show_pixels(self) -> None:
        """Has the view write a frame without drawing the figure again."""
        view = self._view()
        if view is not None:
            view.request_draw()

    def new_timer(self, interval: Optional[int] = None, callbacks: Any = None) -> Any:
        return Timer(self._view(), interval=interval, callbacks=callbacks)


class Timer(TimerBase):  # type: ignore[misc]
    """A timer in the loop of a :class:`FigureView`, for animations."""

    def __init__(self, view: Optional[FigureView], **options: Any) -> None:
        self._view = view
        self._call: Optional[int] = None
        super().__init__(**options)

    def _timer_start(self) -> None:
        self._timer_stop()
        if self._view is not None:
            self._call = self._view.call_later(max(1, self.interval) / 1000, self._fire)

    def _timer_stop(self) -> None:
        if self._call is not None and self._view is not None:
            self._view.cancel(self._call)
        self._call = None

    def _timer_set_interval(self) -> None:
        if self._call is not None:
            self._timer_start()

    def _fire(self) -> None:
        call = self._call
        self._on_timer()
        # Its callbacks may have stopped it or started it again.
        if self._call == call and call is not None:
            self._call = None
            if not self.single_shot:
                self._timer_start()


class Toolbar(NavigationToolbar2):  # type: ignore[misc]
    """The state of pan, zoom and the views before and after, which matplotlib's keys control. It has no buttons."""

    def __init__(self, canvas: Canvas) -> None:
        self.rubberband: Optional[Rectangle] = None
        super().__init__(canvas)

    def draw_rubberband(self, event: Any, x0: float, y0: float, x1: float, y1: float) -> None:
        self.rubberband = (min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1))
        self.canvas.show_pixels()

    def remove_rubberband(self) -> None:
        self.rubberband = None
        self.canvas.show_pixels()

    def save_figure(self, *args: Any) -> None:
        """Does nothing: a viewer does not write files here. The page saves its picture on the viewer's machine."""
