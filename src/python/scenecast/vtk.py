"""A VTK render window in the browser: off screen, with mouse, wheel, keys, timers and the size of the viewer's window.

    import scenecast.vtk

    scenecast.vtk.show(render_window)      # serves until Ctrl+C; in a notebook it returns at once

Tested with VTK 9.1 and with vedo 2023.4. PyVista's plotters are such windows, too (``scenecast.vtk.show(plotter)``); they were
not run here.
"""

from __future__ import annotations

import weakref
from typing import Any, Dict, Optional, Tuple

from .adapter import Adapter, finish_show, frame_size
from .events import Event
from .vtk_keys import key_symbol
from .vtk_window import read_rgba

#: Scrolling that is one step of VTK's wheel, px: a notch in browsers.
NOTCH_PX = 100

#: VTK's names of the buttons 1, 2 and 3.
_BUTTONS = {1: "Left", 2: "Right", 3: "Middle"}


def show(window: Any, *, fps: Optional[float] = None, block: Optional[bool] = None, **options: Any) -> WindowView:
    """Serves a render window.

    Args:
        window: a vtkRenderWindow, or an object that has one as ``render_window`` (PyVista's plotters) or ``window`` (vedo's
            plotters, FURY's ShowManager). It should render off screen (``SetOffScreenRendering(True)`` before its first
            render). One without an interactor gets one with VTK's trackball camera. The timers of a
            vtkGenericRenderWindowInteractor run; other interactors have timers in their own event loop only.
        fps: renders so often a second while there are viewers. None: after events, timers that render, and
            :meth:`WindowView.request_draw`.
        block: whether to serve until Ctrl+C. None: unless an event loop of asyncio runs, as in a notebook.
        options: of :class:`scenecast.Stream`: ``port``, ``host``, ``token``, …

    All calls to VTK are made in one thread, the caller's, since GL requires that.

    Raises TypeError if ``window`` is none, and what Stream raises.
    """
    return finish_show(WindowView(window, fps=fps, **options), block)


class WindowView(Adapter):
    """A render window that is served. See :func:`show`."""

    def __init__(self, window: Any, *, fps: Optional[float] = None, **options: Any) -> None:
        self.window = _window_of(window)
        self.interactor = self.window.GetInteractor() or _create_interactor(self.window)
        self._observers: list[Tuple[Any, int]] = []
        #: Timers by VTK's id: the number of the next call, or None for one that is called at present.
        self._vtk_timers: Dict[int, Optional[int]] = {}
        self._scrolled = 0.0
        super().__init__(self.window.GetSize(), fps=fps, **options)
        self._observe(self.window, "EndEvent", WindowView._on_render_end)
        self._observe(self.interactor, "RenderEvent", WindowView._on_render_request)
        self._observe(self.interactor, "CreateTimerEvent", WindowView._on_create_timer)
        self._observe(self.interactor, "DestroyTimerEvent", WindowView._on_destroy_timer)

    def _observe(self, source: Any, event: str, method: Any) -> None:
        # Weak: otherwise the window keeps a view that nothing else refers to, and its page.
        reference = weakref.ref(self)

        def callback(*_: Any) -> None:
            view = reference()
            if view is not None and view.is_open:
                # VTK would print an exception of an observer with its traceback, and go on.
                view.attempt("A frame could not be written.", method, view)

        self._observers.append((source, source.AddObserver(event, callback)))

    def draw(self) -> None:
        # Its EndEvent writes the frame.
        self.window.Render()

    def _on_render_end(self) -> None:
        """Writes the frame that was rendered, whichever part of the program rendered it."""
        if self.viewers == 0:
            self._is_requested = True
            return
        self._is_requested = False
        width, height = self.window.GetSize()
        with self.stream.next_frame(width, height, 4) as image:
            read_rgba(self.window, image.map)

    def _on_render_request(self) -> None:
        self.request_draw()

    def handle(self, event: Event) -> None:
        kind = event["event_type"]
        # The style renders after each event. One render after all that wait is enough.
        renders = self.interactor.GetEnableRender()
        self.interactor.SetEnableRender(False)
        try:
            if kind == "resize":
                self._resize(frame_size(event))
            elif kind in ("key_down", "key_up"):
                self._press_key(kind, event)
            elif kind == "wheel":
                self._scroll(event)
            else:
                self._point(kind, event)
        finally:
            self.interactor.SetEnableRender(renders)

    def _inform(self, event: Event, key: str = "\0", symbol: Optional[str] = None, position: bool = True) -> None:
        """Sets the state of the interactor. VTK counts y upwards from the lowest row."""
        modifiers = event["modifiers"]
        control, shift = int("Control" in modifiers), int("Shift" in modifiers)
        if position:
            width, height = self.window.GetSize()
            x, y = event["fraction"]
            x, y = int(x * width), height - 1 - int(y * height)
        else:
            x, y = self.interactor.GetEventPosition()
        self.interactor.SetEventInformation(x, y, control, shift, key, 0, symbol)
        self.interactor.SetAltKey(int("Alt" in modifiers))

    def _point(self, kind: str, event: Event) -> None:
        self._inform(event)
        if kind == "pointer_move":
            self.interactor.InvokeEvent("MouseMoveEvent")
            return
        suffix = {"pointer_down": "ButtonPressEvent", "pointer_up": "ButtonReleaseEvent", "double_click": "ButtonDoubleClickEvent"}
        if kind in suffix and event["button"] in _BUTTONS:
            self.interactor.InvokeEvent(_BUTTONS[event["button"]] + suffix[kind])

    def _scroll(self, event: Event) -> None:
        self._inform(event)
        self._scrolled += event["dy"]
        while abs(self._scrolled) >= NOTCH_PX:
            is_down = self._scrolled > 0
            self._scrolled -= NOTCH_PX if is_down else -NOTCH_PX
            self.interactor.InvokeEvent("MouseWheelBackwardEvent" if is_down else "MouseWheelForwardEvent")

    def _press_key(self, kind: str, event: Event) -> None:
        symbol = key_symbol(event["key"])
        if symbol is None:
            return
        character = event["key"] if len(event["key"]) == 1 and ord(event["key"]) < 128 else "\0"
        self._inform(event, character, symbol, position=False)
        if kind == "key_up":
            self.interactor.InvokeEvent("KeyReleaseEvent")
            return
        self.interactor.InvokeEvent("KeyPressEvent")
        if character != "\0":
            self.interactor.InvokeEvent("CharEvent")

    def _resize(self, size: Tuple[int, int]) -> None:
        if size != self.window.GetSize():
            self.window.SetSize(*size)
            self.interactor.SetSize(*size)
            self.interactor.InvokeEvent("ConfigureEvent")
            self.request_draw()

    def _on_create_timer(self) -> None:
        interactor = self.interactor
        self._start_timer(interactor.GetTimerEventId(), interactor.GetTimerEventDuration(), interactor.GetTimerEventType())

    def _start_timer(self, timer: int, milliseconds: int, kind: int) -> None:
        def fire() -> None:
            self._vtk_timers[timer] = None
            self.interactor.SetTimerEventId(timer)
            self.interactor.TimerEvent()
            # Its observers may have destroyed the timer, or VTK has started it again.
            if self._vtk_timers.get(timer, 0) is None:
                del self._vtk_timers[timer]
                if kind == REPEATING_TIMER:
                    self._start_timer(timer, milliseconds, kind)

        self._vtk_timers[timer] = self.call_later(milliseconds / 1000, fire)

    def _on_destroy_timer(self) -> None:
        number = self._vtk_timers.pop(self.interactor.GetTimerEventPlatformId(), None)
        if number is not None:
            self.cancel(number)

    def close(self) -> None:
        for source, observer in self._observers:
            source.RemoveObserver(observer)
        self._observers.clear()
        super().close()


#: vtkRenderWindowInteractor's type of a timer that repeats.
REPEATING_TIMER = 2


def _window_of(window: Any) -> Any:
    for candidate in (window, getattr(window, "render_window", None), getattr(window, "window", None)):
        if hasattr(candidate, "GetPixelData") and hasattr(candidate, "Render"):
            return candidate
    raise TypeError(
        f"A vtkRenderWindow is needed, or an object with one as .render_window or .window, and not an object of type "
        f"{type(window).__name__}."
    )


def _create_interactor(window: Any) -> Any:
    from vtkmodules.vtkInteractionStyle import vtkInteractorStyleTrackballCamera
    from vtkmodules.vtkRenderingUI import vtkGenericRenderWindowInteractor

    interactor = vtkGenericRenderWindowInteractor()
    interactor.SetRenderWindow(window)
    interactor.SetInteractorStyle(vtkInteractorStyleTrackballCamera())
    # Initialize() renders.
    interactor.EnableRenderOff()
    interactor.Initialize()
    interactor.EnableRenderOn()
    return interactor
