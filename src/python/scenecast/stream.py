"""Frames of a Python program in any browser, and the viewers' input events back."""

from __future__ import annotations

import contextlib
import json
import os
import threading
import weakref
from typing import TYPE_CHECKING, Any, AsyncIterator, Callable, ContextManager, Iterator, Optional, Tuple, Union

from . import layout
from .event_queue import EventQueue
from .event_source import EventSource, Handler
from .events import Event
from .executable import Executable, ScenecastError
from .frames import FrameMemory, Pixels, check_frame, check_size, copy_frame, room_for
from .segment import Segment, sweep

if TYPE_CHECKING:
    from .control_socket import ControlSocket
    from .panel import Panel

#: Rows of the event queue in shared memory. The server keeps 1024 more.
QUEUE_ROWS = 64


class Stream:
    """Serves the frames that this program writes, as a page for any browser.

    Args:
        size: width and height in px of the frames, for example (1280, 720). Frames of other sizes may be written too.
        events: whether viewers may steer. A function is called with each event, like ``on("*", function)``; False serves a
            page that only shows.
        port: of the page; 0 takes a free one.
        host: address on which the page is served. On any other than "localhost" a token is needed, which is part of
            :attr:`url`.
        options: of ``scenecast serve``, with underscores: ``token="secret"``, ``max_viewers=4``.

    Raises:
        ValueError: the size is not one.
        ScenecastError: the executable is missing or did not start, with its reason.
        OSError: /dev/shm is full.

    The page ends with :meth:`close`, at the end of a ``with`` block, and with this process. Methods may be called from any
    thread. A process forked from this one can neither use the stream nor end it.
    """

    def __init__(
        self,
        size: Tuple[int, int],
        *,
        events: Union[bool, Handler] = True,
        port: int = 0,
        host: str = "localhost",
        **options: Any,
    ) -> None:
        width, height = check_size(size)
        self._resources = _Resources(width, height, bool(events))
        self._finalizer = weakref.finalize(self, self._resources.close)
        try:
            self._resources.start(port=port, host=host, **options)
        except BaseException:
            self.close()
            raise
        self._panel: Optional[Panel] = None
        #: Where callbacks of controls are called, and what is called after them. Adapters set both, before the first control.
        self.dispatch: Callable[[Callable[[], None]], None] = self._resources.source.call
        self.on_controls: Callable[[], None] = lambda: None
        if callable(events):
            self.on("*", events)

    @property
    def url(self) -> str:
        """Address of the page, with the token if one is needed."""
        return self._resources.url

    @property
    def viewers(self) -> int:
        """Number of viewers at present. A program may stop rendering while it is 0."""
        return self._resources.viewers

    def write(self, frame: Any) -> None:
        """Shows a frame.

        Args:
            frame: (height, width, 3) RGB or (height, width, 4) RGBA, uint8, first row on top: a numpy array with any strides,
                or anything else with a buffer of that shape. It is copied once, for numpy arrays without the GIL, and may
                be changed afterwards. Its size may differ from that of the frame before.

        Raises:
            TypeError, ValueError: it is not such a frame.
            OSError: /dev/shm is full.
            RuntimeError: the stream is closed, or this is a forked process.
            ScenecastError: its server has ended, with its last message.
        """
        self._resources.write(check_frame(frame))

    def next_frame(self, width: int, height: int, components: int = 3) -> ContextManager[Segment]:
        """Memory for the next frame, to be filled in a ``with`` block, whose end shows the frame.

        For what can read pixels into memory, such as OpenGL: the copy of :meth:`write` is saved. ``map`` of the object is an
        mmap; its first width * height * ``components`` bytes are the frame: RGB, or RGBA with 4, rows bottom-up, tightly
        packed. If the block raises, nothing is shown. Raises what :meth:`write` raises.
        """
        return self._resources.frame(width, height, components)

    def events(self, timeout: Optional[float] = 0) -> Events:
        """The viewers' events, oldest first; :mod:`scenecast.events` lists their keys.

        ``for event in stream.events()`` gives those that wait at this moment. With a ``timeout`` in s it waits that long for
        the first event; with None the loop ends when the stream is closed, and so does ``async for event in stream.events()``.
        """
        return Events(self._resources.source, timeout)

    def on(self, event_type: str, handler: Optional[Handler] = None) -> Any:
        """Calls ``handler`` with each event of a type, or of all types with "*". Without a handler, returns a decorator.

        Handlers are called one after the other in a thread of the stream. An exception in one is logged; the others are
        called all the same.
        """
        if handler is None:
            return lambda function: self.on(event_type, function)
        self._resources.check()
        self._resources.source.add_handler(event_type, handler)
        return handler

    @property
    def panel(self) -> Panel:
        """Controls of this program in the page's panel: ``panel.number("Threshold", min=0, max=1, on_change=f)``.

        See :class:`scenecast.panel.Panel`. Raises RuntimeError if the stream is closed, or this is a forked process, and OSError
        if no Unix socket can be created for it.
        """
        self._resources.check()
        if self._panel is None:
            from .panel import Panel

            panel = Panel(self.dispatch, self.on_controls)
            self._resources.open_control(panel)
            self._panel = panel
        return self._panel

    def on_wake(self, listener: Callable[[], None]) -> None:
        """Calls ``listener`` in a thread of the stream when events may wait, the number of viewers changed, or the stream ended."""
        self._resources.source.add_listener(listener)

    @property
    def is_open(self) -> bool:
        """Whether frames can be written: it was not closed, and its server runs."""
        return self._resources.source.is_open

    def check(self) -> None:
        """Raises RuntimeError with a sentence if the stream is not open."""
        self._resources.check()

    def close(self) -> None:
        """Ends the page and removes the shared memory. May be called twice."""
        self._finalizer()

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> Any:
        """The page in a frame, for a notebook, and the newest frame for exports."""
        from .notebook import mime_bundle

        return {"text/plain": repr(self), **mime_bundle(self._resources.server, waits=self._resources.has_frame)}

    def __enter__(self) -> Stream:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __reduce__(self) -> Any:
        raise TypeError("A Stream cannot be sent to another process: create it in the process that writes the frames.")


class Events:
    """The events of a stream, to iterate over; see :meth:`Stream.events`."""

    def __init__(self, source: EventSource, timeout: Optional[float]) -> None:
        self._source = source
        self._timeout = timeout

    def __iter__(self) -> Iterator[Event]:
        return self

    def __next__(self) -> Event:
        event = self._source.next(self._timeout)
        if event is None:
            raise StopIteration
        if self._timeout is not None:
            self._timeout = 0
        return event

    async def __aiter__(self) -> AsyncIterator[Event]:
        import asyncio

        loop = asyncio.get_running_loop()
        ready = asyncio.Event()

        def notify() -> None:
            try:
                loop.call_soon_threadsafe(ready.set)
            except RuntimeError:
                pass  # the loop has ended

        self._source.add_listener(notify)
        try:
            while True:
                ready.clear()
                event = self._source.next(0)
                if event is not None:
                    yield event
                elif self._source.is_open:
                    await ready.wait()
                else:
                    return
        finally:
            self._source.remove_listener(notify)


class _Resources:
    """The segments and the server of a stream. It does not reference the stream, so that a stream that is dropped is closed."""

    def __init__(self, width: int, height: int, can_steer: bool) -> None:
        self._pid = os.getpid()
        #: Reentrant, since a renderer that fills a frame may read :attr:`viewers`.
        self._lock = threading.RLock()
        self._is_closed = False
        self._server: Optional[Executable] = None
        self._size = (width, height)
        self._can_steer = can_steer
        #: Whether a frame was written.
        self.has_frame = False
        self._control: Optional[ControlSocket] = None
        #: Memory that was replaced by larger one, until the server has attached to that.
        self._replaced: Optional[FrameMemory] = None
        sweep()
        self._memory = FrameMemory(room_for(width, height), 3)
        try:
            self._queue = EventQueue(QUEUE_ROWS) if can_steer else None
        except BaseException:
            self._memory.close()
            raise
        self.source = EventSource(self._queue, lambda: self._memory.renderer_word, lambda: self._size, self._is_open)

    def start(self, **options: Any) -> None:
        self._server = Executable("serve", stdin=True, names="-", **options)
        self._announce()

    def _announce(self) -> None:
        """Has the server attach to the segments."""
        if self._can_steer:
            self._memory.accept_events(layout.ALL_EVENT_CAPABILITIES)
        assert self._server is not None
        names = {**self._memory.names(), **(self._queue.names() if self._queue else {})}
        if self._control is not None:
            names["control"] = self._control.path
        self._server.send(json.dumps(names))

    def open_control(self, panel: Panel) -> None:
        """Has the server show the panel."""
        from .control_socket import ControlSocket

        with self._lock:
            self._control = ControlSocket(panel)
            panel.connect(self._control.request)
            self._announce()

    @property
    def server(self) -> Executable:
        assert self._server is not None
        return self._server

    @property
    def url(self) -> str:
        return self.server.url

    @property
    def viewers(self) -> int:
        # Without the lock, which another thread may hold for as long as it renders.
        memory, replaced = self._memory, self._replaced
        try:
            return (memory if replaced is None or memory.has_server else replaced).viewers
        except ValueError:
            return 0  # closed

    def check(self) -> None:
        """Raises RuntimeError if nothing can be written."""
        self._check_process()
        if self._is_closed:
            raise RuntimeError("This stream is closed.")
        if self._server is not None and self._server.has_ended:
            raise ScenecastError(f"The server of this stream has ended: {self._server.last_message}")

    def _check_process(self) -> None:
        if os.getpid() != self._pid:
            raise RuntimeError(f"This stream belongs to process {self._pid}, from which this one was forked: create one here.")

    def _is_open(self) -> bool:
        return os.getpid() == self._pid and not self._is_closed and self._server is not None and not self._server.has_ended

    def write(self, frame: Pixels) -> None:
        """See :meth:`Stream.write`."""
        width, height, components, top_down, _ = frame
        # Before the lock, which another thread may have held at the fork.
        self._check_process()
        with self._lock:
            memory = self._memory_for(width, height, components)
            try:
                copy_frame(memory.begin(width, height), frame, self.server.library)
            except BaseException:
                self._forget(memory)
                raise
            memory.end(width, height, top_down)
            self._on_written(memory, width, height)

    @contextlib.contextmanager
    def frame(self, width: int, height: int, components: int) -> Iterator[Segment]:
        """See :meth:`Stream.next_frame`."""
        self._check_process()
        with self._lock:
            memory = self._memory_for(width, height, components)
            try:
                yield memory.begin(width, height)
            except BaseException:
                self._forget(memory)
                raise
            memory.end(width, height)
            self._on_written(memory, width, height)

    def _memory_for(self, width: int, height: int, components: int) -> FrameMemory:
        """The current memory, or new memory if the frame does not fit into it."""
        self.check()
        memory = self._memory
        if components == memory.components and width * height * components <= memory.capacity:
            return memory
        return FrameMemory(room_for(width, height), components)

    def _forget(self, memory: FrameMemory) -> None:
        if memory is not self._memory:
            memory.close()

    def _on_written(self, memory: FrameMemory, width: int, height: int) -> None:
        self.has_frame = True
        self._size = (width, height)
        if memory is not self._memory:
            self._replace_memory(memory)
        elif self._replaced is not None and memory.has_server:
            self._replaced.close()
            self._replaced = None

    def _replace_memory(self, memory: FrameMemory) -> None:
        """Has the server attach to new memory. What it is attached to stays until then."""
        before, self._memory = self._memory, memory
        if self._replaced is not None and not before.has_server:
            before.close()
        else:
            if self._replaced is not None:
                self._replaced.close()
            self._replaced = before
        self._announce()
        # The thread of the events waits on the word there.
        before.renderer_word.wake()

    def close(self) -> None:
        """Ends the server and removes the segments, once. Does nothing in a forked process."""
        if os.getpid() != self._pid or self._is_closed:
            return
        with self._lock:
            self._is_closed = True
            self._memory.renderer_word.wake()
            if self._server is not None:
                self._server.close()
            if self._control is not None:
                self._control.close()
            self.source.close()
            for memory in (self._memory, self._replaced):
                if memory is not None:
                    memory.close()
