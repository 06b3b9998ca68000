"""``web_server`` and ``web_server_raw_array``: scenecast serves the memory of a FURY program."""

from __future__ import annotations

import collections
import multiprocessing
import os
import time
from typing import Any, Callable, Deque, Dict, Optional, Sequence, Tuple

from ..event_queue import EventQueue
from ..executable import Executable, ScenecastError
from ..frames import FrameMemory
from ..segment import sweep
from .images import RawArrayImageBufferManager, SharedMemImageBufferManager
from .queues import ArrayCircularQueue, SharedMemCircularQueue

#: FURY's name for whether it can serve WebRTC. scenecast always can.
WEBRTC_AVAILABLE = True

#: Interval of reading the index of RawArrays, s: nothing in them could wake a reader.
POLL_SECONDS = 0.002

#: Interval of comparing a RawArray whose index did not move, s: with one buffer it never does.
COMPARE_SECONDS = 0.2

#: Longest sleep while scenecast serves shared memory, s.
CHECK_SECONDS = 0.5


def web_server(
    image_buffer_names: Optional[Sequence[str]] = None,
    info_buffer_name: Optional[str] = None,
    queue_head_tail_buffer_name: Optional[str] = None,
    queue_buffer_name: Optional[str] = None,
    port: int = 8000,
    host: str = "localhost",
    provides_mjpeg: bool = True,
    provides_webrtc: bool = True,
    avoid_unlink_shared_mem: bool = True,
    ms_jpeg: float = 16,
    run_app: bool = True,
) -> None:
    """Serves frames in shared memory until the process ends; the target of a ``multiprocessing.Process``, as in FURY.

    Args:
        image_buffer_names, info_buffer_name: names of the segments, from ``img_manager`` of a stream client.
        queue_head_tail_buffer_name, queue_buffer_name: those of the event queue; without them viewers cannot steer.
        port, host: address of the page. On any host other than "localhost" a token is needed, which is part of the printed
            address.
        provides_mjpeg, provides_webrtc: which ways the page may use; MJPEG is served in any case if there is no WebRTC.
        avoid_unlink_shared_mem: has no effect: segments are never removed by the process that serves them.
        ms_jpeg: least time between two frames of MJPEG, ms.
        run_app: False: checks the segments and returns.

    The server ends with the program that started this process, too, however that ends.

    Raises:
        ValueError: names are missing, or a segment is not what it should be.
        FileNotFoundError: a segment does not exist.
        ScenecastError: the executable is missing or did not start, with its reason.
    """
    if not image_buffer_names or info_buffer_name is None:
        raise ValueError("image_buffer_names and info_buffer_name are needed: those of the img_manager of a FuryStreamClient.")
    SharedMemImageBufferManager(image_buffer_names=image_buffer_names, info_buffer_name=info_buffer_name).cleanup()
    names: Dict[str, Any] = {"image_buffer_names": image_buffer_names, "info_buffer_name": info_buffer_name}
    if queue_buffer_name is not None:
        if queue_head_tail_buffer_name is None:
            _missing_head_tail()
        names.update(queue_buffer_name=queue_buffer_name, queue_head_tail_buffer_name=queue_head_tail_buffer_name)
        SharedMemCircularQueue(head_tail_buffer_name=queue_head_tail_buffer_name, buffer_name=queue_buffer_name).cleanup()
    if run_app:
        options = _encodings(provides_mjpeg, provides_webrtc, ms_jpeg)
        _serve(names, lambda: None, CHECK_SECONDS, port=port, host=host, **options)


def web_server_raw_array(
    image_buffers: Optional[Sequence[Any]] = None,
    info_buffer: Any = None,
    queue_head_tail_buffer: Any = None,
    queue_buffer: Any = None,
    port: int = 8000,
    host: str = "localhost",
    provides_mjpeg: bool = True,
    provides_webrtc: bool = True,
    ms_jpeg: float = 16,
    run_app: bool = True,
) -> None:
    """Serves frames in RawArrays until the process ends; the target of a ``multiprocessing.Process``, as in FURY.

    The process copies the newest frame into shared memory, and events back.

    Args:
        image_buffers, info_buffer: RawArrays, from ``img_manager`` of a stream client.
        queue_head_tail_buffer, queue_buffer: those of the event queue; without them viewers cannot steer.

    The other arguments, and what is raised, are those of :func:`web_server`.
    """
    if not image_buffers or info_buffer is None:
        raise ValueError("image_buffers and info_buffer are needed: those of the img_manager of a FuryStreamClient.")
    images = RawArrayImageBufferManager(image_buffers=image_buffers, info_buffer=info_buffer)
    queue = None
    if queue_buffer is not None:
        if queue_head_tail_buffer is None:
            _missing_head_tail()
        queue = ArrayCircularQueue(dimension=8, head_tail_buffer=queue_head_tail_buffer, buffer=queue_buffer)
    if not run_app:
        return
    sweep()
    with _Copier(images, queue) as copier:
        options = _encodings(provides_mjpeg, provides_webrtc, ms_jpeg)
        _serve(copier.names(), copier.copy, POLL_SECONDS, port=port, host=host, **options)


def _serve(names: Dict[str, Any], work: Callable[[], None], seconds: float, **options: Any) -> None:
    """Runs scenecast on segments and calls ``work`` in between, until the program that started this process ends, or Ctrl+C."""
    parent = _Parent()
    server = Executable(
        "serve",
        image_buffers=",".join(names["image_buffer_names"]),
        info_buffer=names["info_buffer_name"],
        queue_buffer=names.get("queue_buffer_name"),
        queue_head_tail=names.get("queue_head_tail_buffer_name"),
        **options,
    )
    try:
        print(f"scenecast ready {server.url}", flush=True)
        while parent.is_alive():
            if server.has_ended:
                # It ends by itself with the program that created the segments, which may be seen there first.
                time.sleep(CHECK_SECONDS)
                if parent.is_alive():
                    raise ScenecastError(f"The server has ended: {server.last_message}")
                return
            work()
            time.sleep(seconds)
    except KeyboardInterrupt:
        pass
    finally:
        server.close()
        # The segments of a program that was killed, unless the server has removed them.
        sweep()


class _Parent:
    """The process that started this one. With multiprocessing's fork server, that is not the parent of the operating system."""

    def __init__(self) -> None:
        self._pid = os.getppid()
        self._process = multiprocessing.parent_process()

    def is_alive(self) -> bool:
        return os.getppid() == self._pid and (self._process is None or self._process.is_alive())


class _Copier:
    """Copies frames of RawArrays into shared memory, and the events in shared memory into a queue of RawArrays."""

    def __init__(self, images: RawArrayImageBufferManager, queue: Optional[ArrayCircularQueue]) -> None:
        self._images = images
        self._queue = queue
        self._memory = FrameMemory(images.max_size // 3, 3)
        try:
            self._events = None if queue is None else EventQueue(queue.buffer.max_size or 1)
        except BaseException:
            self._memory.close()
            raise
        #: The frame that was copied, and the index and size that it had.
        self._copied: Any = None
        self._state: Tuple[int, int, int] = (-1, 0, 0)
        self._compared = 0.0
        self._rows: Deque[Tuple[float, ...]] = collections.deque()

    def names(self) -> Dict[str, Any]:
        return {**self._memory.names(), **(self._events.names() if self._events else {})}

    def copy(self) -> None:
        self._copy_frame()
        if self._events is None or self._queue is None:
            return
        self._rows += self._events.take()
        while self._rows and self._queue.enqueue(self._rows[0]):
            self._rows.popleft()

    def _copy_frame(self) -> None:
        import numpy

        width, height, buffer = self._images.get_current_frame()
        state, now = (self._images.buffer_index, width, height), time.monotonic()
        is_new = state != self._state
        if not 0 < width * height * 3 <= len(buffer) or not (is_new or now - self._compared > COMPARE_SECONDS):
            return
        self._compared = now
        pixels = buffer[: width * height * 3]
        if not is_new and numpy.array_equal(pixels, self._copied):
            return
        self._state, self._copied = state, pixels.copy()
        with self._memory.frame(width, height) as image:
            image.map[: len(self._copied)] = self._copied

    def __enter__(self) -> _Copier:
        return self

    def __exit__(self, *_: object) -> None:
        self._memory.close()
        if self._events is not None:
            self._events.close()


def _encodings(provides_mjpeg: bool, provides_webrtc: bool, ms_jpeg: float) -> Dict[str, Any]:
    """The options of ``scenecast serve``. As in FURY, there is MJPEG where there is no WebRTC."""
    return {
        "ms_jpeg": ms_jpeg,
        "webrtc": None if provides_webrtc else False,
        "mjpeg": None if provides_mjpeg or not provides_webrtc else False,
    }


def _missing_head_tail() -> None:
    raise ValueError("The head and tail of the event queue are missing: pass both of its buffers, or neither.")
