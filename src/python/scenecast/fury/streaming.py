"""``FuryStreamClient`` and ``FuryStreamInteraction``: frames of a ``ShowManager`` into shared memory, and events back into it."""

from __future__ import annotations

import threading
import weakref
from typing import Any, List, Optional, Tuple, Union

from ..vtk_window import read_rgb
from .images import RawArrayImageBufferManager, SharedMemImageBufferManager
from .queues import ArrayCircularQueue, SharedMemCircularQueue
from .timers import IntervalTimer, IntervalTimerThreading

#: Values in a row of the event queue.
EVENT_VALUES = 8

#: The interactor's method for each event id; 1 is the wheel.
_METHODS = (
    ("MouseMoveEvent", "LeftButtonPressEvent", "LeftButtonReleaseEvent", "MiddleButtonPressEvent")
    + ("MiddleButtonReleaseEvent", "RightButtonPressEvent", "RightButtonReleaseEvent")
)

#: A lock for each ShowManager. The threads of a client and of an interaction would otherwise use one GL context at once.
_LOCKS: "weakref.WeakKeyDictionary[Any, threading.RLock]" = weakref.WeakKeyDictionary()


class _Exclusive:
    """Holds the GL context of a ShowManager's window in a ``with`` block.

    ``release``: let go of the context at the end, so that another thread can use it.
    """

    def __init__(self, showm: Any, release: bool) -> None:
        self._lock = _LOCKS.setdefault(showm, threading.RLock())
        self._window = showm.window
        self._release = release

    def __enter__(self) -> None:
        self._lock.acquire()

    def __exit__(self, *_: object) -> None:
        # Missing before VTK 9.
        release = getattr(self._window, "ReleaseCurrent", None)
        if self._release and release is not None:
            release()
        self._lock.release()


def _render(showm: Any) -> None:
    """Renders once and invokes RenderEvent, to which a client with ms=0 listens."""
    iren = showm.iren
    if not (iren.GetEnabled() and iren.GetEnableRender()):
        # Otherwise the interactor renders the window.
        showm.window.Render()
    iren.Render()


def callback_stream_client(stream_client: "FuryStreamClient") -> None:
    """Writes the picture that the client's window shows into its image buffers. Does not render."""
    stream_client._write()


def interaction_callback(circular_queue: Any, showm: Any, iren: Any, render_after: bool) -> None:
    """Applies all events that wait in the queue to the interactor, then renders once if ``render_after``.

    Buttons and moves go to the interactor's style; the wheel zooms the camera by 1 - delta / 1000, as in FURY.
    """
    row = circular_queue.dequeue()
    if row is None:
        return
    renders = iren.GetEnableRender()
    # Otherwise the style renders after each move.
    iren.SetEnableRender(False)
    try:
        while row is not None:
            _apply(row, showm, iren)
            row = circular_queue.dequeue()
    finally:
        iren.SetEnableRender(renders)
    if render_after:
        _render(showm)


def _apply(row: Any, showm: Any, iren: Any) -> None:
    width, height = showm.window.GetSize()
    kind, wheel = int(row[0]), row[1]
    if kind == 1:
        showm.scene.GetActiveCamera().Zoom(1.0 - wheel / 1000.0)
    elif 2 <= kind < 2 + len(_METHODS):
        x, y = int(width * row[2]), height - int(height * row[3])
        iren.SetEventInformation(x, y, int(row[4]), int(row[5]), chr(0), 0, None)
        getattr(iren, _METHODS[kind - 2])()


class _Timed:
    """What is called by the window's interactor or by a timer from :meth:`start` to :meth:`stop`."""

    def __init__(self, showm: Any, whithout_iren_start: bool) -> None:
        self.showm = showm
        self._whithout_iren_start = whithout_iren_start
        self._started = False
        self._id_timer: Optional[int] = None
        self._observers: List[Tuple[Any, int]] = []
        self._interval_timer: Union[IntervalTimer, IntervalTimerThreading, None] = None

    def _tick(self) -> None:
        raise NotImplementedError

    def _call_every(self, ms: float, use_asyncio: bool) -> None:
        if self._whithout_iren_start:
            if use_asyncio:
                self._interval_timer = IntervalTimer(ms / 1000, self._tick)
            else:
                self._interval_timer = IntervalTimerThreading(ms / 1000, self._tick)
        else:
            self._observe(self.showm.iren, "TimerEvent")
            style = self.showm.iren.GetInteractorStyle()
            if style is not None and not style.GetUseTimers():
                # From a press to its release, VTK's trackball alone gets TimerEvent, and rotates at each unless it is observed.
                self._observe(style, "TimerEvent")
            self._id_timer = self.showm.iren.CreateRepeatingTimer(max(1, int(ms)))

    def _observe(self, source: Any, event: str) -> None:
        self._observers.append((source, source.AddObserver(event, lambda *_: self._tick())))

    def _is_in_thread(self) -> bool:
        return isinstance(self._interval_timer, IntervalTimerThreading)

    def _stop(self) -> Optional[bool]:
        if not self._started:
            return False
        self._started = False
        if self._interval_timer is not None:
            self._interval_timer.stop()
        if self._id_timer is not None:
            self.showm.iren.DestroyTimer(self._id_timer)
        for source, observer in self._observers:
            source.RemoveObserver(observer)
        self._observers.clear()
        self._interval_timer = self._id_timer = None
        return None


class FuryStreamClient(_Timed):
    """Writes the frames of a ShowManager into image buffers, which a web server reads.

    Args:
        showm: FURY's ShowManager, or anything with its ``window`` (vtkRenderWindow), ``iren`` (its interactor), ``scene``
            (vtkRenderer) and ``size``. Tested with such an object on VTK 9.1, and tried with FURY 0.12.
        max_window_size: width and height in px of the largest frame; by default 1.1 times the window's.
        use_raw_array: RawArrays, which only processes of ``multiprocessing`` can read; False: POSIX shared memory.
        whithout_iren_start: the interactor's event loop is not started, so that timers of this object are used.
        num_buffers: number of image buffers.

    Raises ValueError if ``max_window_size`` is smaller than the window.
    """

    def __init__(
        self,
        showm: Any,
        max_window_size: Optional[Tuple[int, int]] = None,
        use_raw_array: bool = True,
        whithout_iren_start: bool = False,
        num_buffers: int = 2,
    ) -> None:
        super().__init__(showm, whithout_iren_start)
        width, height = showm.size[0], showm.size[1]
        if max_window_size is None:
            max_window_size = (int(width * 1.1), int(height * 1.1))
        if max_window_size[0] * max_window_size[1] < width * height:
            raise ValueError(f"max_window_size {tuple(max_window_size)} is smaller than the window, {width} x {height} px.")
        self.max_window_size = max_window_size
        self.num_buffers = num_buffers
        self.use_raw_array = use_raw_array
        self.img_manager: Union[RawArrayImageBufferManager, SharedMemImageBufferManager]
        if use_raw_array:
            self.img_manager = RawArrayImageBufferManager(max_window_size, num_buffers)
        else:
            self.img_manager = SharedMemImageBufferManager(max_window_size, num_buffers)

    def start(self, ms: float = 0, use_asyncio: bool = False) -> None:
        """Renders once, and from then on writes a frame every ``ms``, or after every render of the interactor if it is 0.

        ``use_asyncio``: with ``whithout_iren_start``, a timer of the event loop instead of a thread. Restarts a started client.
        """
        self.stop()
        if ms > 0:
            with _Exclusive(self.showm, self._whithout_iren_start and not use_asyncio):
                _render(self.showm)
                self._write()
            self._call_every(ms, use_asyncio)
        else:
            self._observe(self.showm.iren, "RenderEvent")
            _render(self.showm)
        self._started = True

    def _tick(self) -> None:
        with _Exclusive(self.showm, self._is_in_thread()):
            self._write()

    def _write(self) -> None:
        window, images = self.showm.window, self.img_manager
        width, height = window.GetSize()
        if width * height * 3 > images.max_size:
            images.write_into(width, height, None)
            return
        with images.next_image(width, height) as image:
            read_rgb(window, image)

    def stop(self) -> Optional[bool]:
        """Stops writing. Returns False if it was not started."""
        return self._stop()

    def cleanup(self) -> None:
        """Releases the memory. May be called twice."""
        self.stop()
        self.img_manager.cleanup()


class FuryStreamInteraction(_Timed):
    """Applies the events of the web server's viewers to a ShowManager.

    Args:
        showm: as for :class:`FuryStreamClient`.
        max_queue_size: how many events wait at most; the server keeps further ones.
        use_raw_array: a queue of RawArrays; False: POSIX shared memory.
        whithout_iren_start: as for :class:`FuryStreamClient`.
    """

    def __init__(
        self, showm: Any, max_queue_size: int = 50, use_raw_array: bool = True, whithout_iren_start: bool = False
    ) -> None:
        super().__init__(showm, whithout_iren_start)
        self.iren = showm.iren
        self.circular_queue: Union[ArrayCircularQueue, SharedMemCircularQueue]
        if use_raw_array:
            self.circular_queue = ArrayCircularQueue(max_queue_size, EVENT_VALUES)
        else:
            self.circular_queue = SharedMemCircularQueue(max_queue_size, EVENT_VALUES)
        self._finalizer = weakref.finalize(self, self.circular_queue.cleanup)

    def start(self, ms: float = 3, use_asyncio: bool = False) -> None:
        """Applies what waits every ``ms``; the rest as for :meth:`FuryStreamClient.start`.

        Raises ValueError if ``ms`` is not positive.
        """
        if ms <= 0:
            raise ValueError(f"ms, the interval of reading the queue, must be greater than zero; it is {ms}.")
        self.stop()
        self._call_every(ms, use_asyncio)
        self._started = True

    def _tick(self) -> None:
        if self.circular_queue.head == -1:
            return
        with _Exclusive(self.showm, self._is_in_thread()):
            interaction_callback(self.circular_queue, self.showm, self.iren, True)

    def stop(self) -> Optional[bool]:
        """Stops applying events. Returns False if it was not started."""
        return self._stop()

    def cleanup(self) -> None:
        """Releases the memory. May be called twice."""
        self.stop()
        self._finalizer()
