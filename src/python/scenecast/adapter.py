"""What all adapters share: a stream, its event loop, timers, and rendering on request."""

from __future__ import annotations

import heapq
import itertools
import logging
import threading
import time
import weakref
from typing import TYPE_CHECKING, Any, Callable, List, Optional, Set, Tuple, TypeVar

from .control import running_loop
from .events import Event
from .stream import Stream

if TYPE_CHECKING:
    import asyncio

    from .panel import Panel

log = logging.getLogger("scenecast")

#: How many different exceptions are printed.
MAX_REPORTED = 100

#: Longest sleep, after which the loop checks whether the server still runs, s.
CHECK_SECONDS = 0.5


class Adapter:
    """Shows something that draws itself, and hands the viewers' events to it.

    It draws when it was requested (:meth:`request_draw`) and there is at least one viewer; a request without a viewer waits
    for one. Events, timers and drawing run in the thread that calls :meth:`run` or :meth:`update`, or in the event loop of
    asyncio that ran when the adapter was made, as that of a notebook does. An exception in what is shown is printed as a
    sentence, its traceback is logged at level DEBUG, and the last picture stays.

    Subclasses implement :meth:`draw` and :meth:`handle`.
    """

    def __init__(self, size: Tuple[int, int], *, fps: Optional[float] = None, **options: Any) -> None:
        if fps is not None and not 0 < fps <= 1000:
            raise ValueError(f"fps must be a number of frames a second from 0 to 1000, or None to draw on request; it is {fps}.")
        self.stream = Stream(size, **options)
        self._interval = None if fps is None else 1 / fps
        self._next_frame = 0.0
        self._is_closed = False
        self._is_requested = True
        self._wake = threading.Event()
        #: Guards the timers.
        self._lock = threading.Lock()
        self._timers: List[Tuple[float, int, Callable[[], object]]] = []
        self._numbers = itertools.count()
        self._reported: Set[str] = set()
        #: Width, height and pixel ratio of the last resize event.
        self._window: Optional[Tuple[float, float, float]] = None
        self._loop = running_loop()
        self._turn_handle: Optional[asyncio.TimerHandle] = None
        self.stream.on_wake(_weak(self._wake_up))
        self.stream.dispatch = _weak_dispatch(self._call_soon)
        self.stream.on_controls = _weak(self.request_draw)
        if self._loop is not None:
            self._loop.call_soon(_weak(self._turn))

    @property
    def url(self) -> str:
        """Address of the page."""
        return self.stream.url

    @property
    def panel(self) -> Panel:
        """Controls of this program in the page's panel; see :class:`scenecast.panel.Panel`.

        Their callbacks are called in the thread that serves, and a frame is drawn after them.
        """
        return self.stream.panel

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> Any:
        """The page in a frame, for a notebook."""
        return self.stream._repr_mimebundle_()

    @property
    def viewers(self) -> int:
        """Number of viewers at present."""
        return self.stream.viewers

    @property
    def is_open(self) -> bool:
        """Whether it was not closed and its server runs."""
        return self.stream.is_open

    def draw(self) -> None:
        """Draws and writes one frame."""
        raise NotImplementedError

    def handle(self, event: Event) -> None:
        """Applies an event of a viewer; :mod:`scenecast.events` lists them."""
        raise NotImplementedError

    def request_draw(self) -> None:
        """Has a frame drawn soon. May be called from any thread."""
        self._is_requested = True
        self._wake_up()

    def call_later(self, seconds: float, callback: Callable[[], object]) -> int:
        """Calls a function once, in the thread of the loop. May be called from any thread. Returns a number for :meth:`cancel`."""
        with self._lock:
            number = next(self._numbers)
            heapq.heappush(self._timers, (time.monotonic() + seconds, number, callback))
        self._wake_up()
        return number

    def cancel(self, number: int) -> None:
        """Cancels a call of :meth:`call_later`. Does nothing if it was made."""
        with self._lock:
            self._timers = [timer for timer in self._timers if timer[1] != number]
            heapq.heapify(self._timers)

    def update(self) -> bool:
        """Applies the events that wait, calls the timers that are due, and draws if that was requested. Does not wait.

        For programs with a loop of their own. Returns whether the adapter is open.
        """
        if not self.is_open:
            return False
        self._wake.clear()
        for event in self.stream.events():
            if not self._is_repeated_resize(event):
                self.attempt("An event could not be applied.", self.handle, event)
        self._call_timers()
        if self.viewers > 0 and self._is_due():
            # Before the drawing, which may request the next one.
            self._is_requested = False
            self.attempt("A frame could not be drawn.", self.draw)
        return self.is_open

    def run(self, seconds: Optional[float] = None) -> None:
        """Serves until :meth:`close`, Ctrl+C, or for that many seconds. Raises ScenecastError if the server ends by itself."""
        deadline = None if seconds is None else time.monotonic() + seconds
        try:
            while self.update():
                wait = self._seconds_to_wait()
                if deadline is not None:
                    left = deadline - time.monotonic()
                    if left <= 0:
                        return
                    wait = min(wait, left)
                self._wake.wait(wait)
        except KeyboardInterrupt:
            self.close()
        if not self._is_closed:
            self.stream.check()

    def close(self) -> None:
        """Ends the page. May be called twice and from any thread."""
        self._is_closed = True
        self._wake.set()
        self.stream.close()

    def __enter__(self) -> Adapter:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _is_repeated_resize(self, event: Event) -> bool:
        """Whether a viewer that begins to steer has the same window as the one before: the server sends its size then."""
        if event["event_type"] != "resize":
            return False
        window = (event["width"], event["height"], event["pixel_ratio"])
        is_repeated = window == self._window
        self._window = window
        return is_repeated

    def _is_due(self) -> bool:
        if self._is_requested:
            return True
        if self._interval is None or time.monotonic() < self._next_frame:
            return False
        # Relative to the frame before, so that the rate is kept, and not made up for after a pause.
        self._next_frame = max(self._next_frame + self._interval, time.monotonic())
        return True

    def _call_timers(self) -> None:
        now = time.monotonic()
        while True:
            with self._lock:
                if not self._timers or self._timers[0][0] > now:
                    return
                callback = heapq.heappop(self._timers)[2]
            self.attempt("A timer's function failed.", callback)

    def _seconds_to_wait(self) -> float:
        with self._lock:
            times = [time.monotonic() + CHECK_SECONDS, *(timer[0] for timer in self._timers[:1])]
        if self.viewers > 0:
            if self._is_requested:
                return 0
            if self._interval is not None:
                times.append(self._next_frame)
        return max(0.0, min(times) - time.monotonic())

    def attempt(self, failure: str, function: Callable[..., object], *args: Any) -> None:
        """Calls a function of what is shown. An exception in it is printed with the sentence ``failure``, and goes no further."""
        try:
            function(*args)
        except Exception as error:
            if not self.is_open:
                return
            reason = f"{type(error).__name__}: {error}"
            # Once: at 60 frames a second a terminal shows nothing else.
            if reason not in self._reported and len(self._reported) < MAX_REPORTED:
                self._reported.add(reason)
                log.error("%s The last picture stays. (%s)", failure, reason)
            log.debug("Where it failed:", exc_info=True)

    def _call_soon(self, job: Callable[[], None]) -> None:
        self.call_later(0, job)

    def _wake_up(self) -> None:
        self._wake.set()
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(_weak(self._turn))

    def _turn(self) -> None:
        """One turn in the event loop of asyncio."""
        if self._turn_handle is not None:
            self._turn_handle.cancel()
        if self.update() and self._loop is not None:
            self._turn_handle = self._loop.call_later(self._seconds_to_wait(), _weak(self._turn))


def _weak(method: Callable[[], object]) -> Callable[[], None]:
    """Calls a method of an object that still exists: what nothing but its loop and threads refers to is collected, and closed."""
    reference = weakref.WeakMethod(method)

    def call() -> None:
        target = reference()
        if target is not None:
            target()

    return call


def _weak_dispatch(method: Callable[[Callable[[], None]], None]) -> Callable[[Callable[[], None]], None]:
    """As :func:`_weak`, for a method with an argument."""
    reference = weakref.WeakMethod(method)

    def call(job: Callable[[], None]) -> None:
        target = reference()
        if target is not None:
            target(job)

    return call


View = TypeVar("View", bound=Adapter)


def finish_show(view: View, block: Optional[bool]) -> View:
    """Ends every ``show()``: serves until Ctrl+C if ``block``, or if that is None and no event loop of asyncio runs."""
    if block or (block is None and view._loop is None):
        print(f"scenecast ready {view.url} (Ctrl+C ends it)", flush=True)
        view.run()
    return view


def frame_size(event: Event) -> Tuple[int, int]:
    """Width and height of the frame, px, that fills the window of a ``resize`` event."""
    width, height, ratio = event["width"], event["height"], event["pixel_ratio"]
    return max(1, round(width * ratio)), max(1, round(height * ratio))
