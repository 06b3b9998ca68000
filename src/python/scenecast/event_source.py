"""Delivers the events of a stream: to handlers in a thread, to iterators, and to coroutines."""

from __future__ import annotations

import collections
import logging
import threading
import time
from typing import Callable, Deque, List, Optional, Tuple

from .event_queue import EventQueue
from .events import Event, EventDecoder
from .futex import Futex

log = logging.getLogger("scenecast")

Handler = Callable[[Event], object]

#: Events that are kept for :meth:`EventSource.next`; older ones are dropped.
MAX_PENDING = 4096

#: Longest sleep, after which the thread checks whether the stream still has a server, s.
CHECK_SECONDS = 0.5


class EventSource:
    """Takes event rows out of shared memory and delivers each event once: to its handlers, or else to :meth:`next`.

    Rows are taken when :meth:`next` asks for them, until something has to wait for events: then by a thread, which sleeps on
    the futex word that the server wakes, and calls the handlers.

    Args:
        queue: None for a stream whose viewers cannot steer; there are no events then.
        word: gives the futex word that the server wakes; it changes when frames grow.
        frame_size: gives width and height of the newest frame, px.
        is_open: whether events may still arrive.
    """

    def __init__(
        self,
        queue: Optional[EventQueue],
        word: Callable[[], Futex],
        frame_size: Callable[[], Tuple[int, int]],
        is_open: Callable[[], bool],
    ) -> None:
        self._queue = queue
        self._word = word
        self._frame_size = frame_size
        self._is_open = is_open
        self._decoder = EventDecoder()
        self._pending: Deque[Event] = collections.deque(maxlen=MAX_PENDING)
        self._handlers: List[Tuple[str, Handler]] = []
        self._listeners: List[Callable[[], None]] = []
        self._jobs: Deque[Callable[[], None]] = collections.deque()
        #: Guards all of these. Notified when there are events, and at the end.
        self._changed = threading.Condition()
        self._thread: Optional[threading.Thread] = None

    @property
    def is_open(self) -> bool:
        return self._is_open()

    def next(self, timeout: Optional[float]) -> Optional[Event]:
        """Removes the oldest event. Waits at most ``timeout`` s for one, without limit if that is None.

        Returns None if none arrived, or the stream has ended.
        """
        if not self._is_open():
            # In a forked process another thread may have had the lock, for ever.
            return None
        if timeout != 0:
            self.start()
        deadline = None if timeout is None else time.monotonic() + timeout
        with self._changed:
            while True:
                if self._thread is None:
                    self._pending.extend(self._take())
                if self._pending:
                    return self._pending.popleft()
                left = CHECK_SECONDS if deadline is None else deadline - time.monotonic()
                if left <= 0 or not self._is_open():
                    return None
                self._changed.wait(min(left, CHECK_SECONDS))

    def add_handler(self, event_type: str, handler: Handler) -> None:
        """Calls the handler in the thread with events of this type, or with all for "*"."""
        with self._changed:
            self._handlers.append((event_type, handler))
        self.start()

    def add_listener(self, listener: Callable[[], None]) -> None:
        """Calls the listener in the thread when :meth:`next` may have something, the number of viewers changed, and at the end."""
        with self._changed:
            self._listeners.append(listener)
        self.start()

    def remove_listener(self, listener: Callable[[], None]) -> None:
        with self._changed:
            self._listeners.remove(listener)

    def call(self, job: Callable[[], None]) -> None:
        """Calls the function in the thread, between handlers. Does nothing after the stream has ended."""
        self._jobs.append(job)
        self.start()
        try:
            self._word().wake()
        except ValueError:
            pass  # closed

    def start(self) -> None:
        """Starts the thread if it does not run."""
        with self._changed:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="scenecast-events", daemon=True)
                self._thread.start()

    def close(self) -> None:
        """Removes the queue, after the stream has ended. May be called twice."""
        with self._changed:
            if self._queue is not None:
                self._queue.close()
                self._queue = None
            self._changed.notify_all()

    def _run(self) -> None:
        while self._is_open():
            word = self._word()
            # Read before the rows: what is appended from here on changes it, and ends the wait.
            value = word.value
            with self._changed:
                calls = [(event, self._handlers_of(event)) for event in self._take()]
                unhandled = [event for event, handlers in calls if not handlers]
                self._pending.extend(unhandled)
            if unhandled:
                self._announce()
            for event, handlers in calls:
                for handler in handlers:
                    _call(handler, event)
            jobs = [self._jobs.popleft() for _ in range(len(self._jobs))]
            for job in jobs:
                _run_job(job)
            if not calls and not jobs:
                word.wait(value, CHECK_SECONDS)
                if word.value != value:
                    self._announce()
        self._announce()

    def _announce(self) -> None:
        with self._changed:
            self._changed.notify_all()
            listeners = list(self._listeners)
        for listener in listeners:
            listener()

    def _handlers_of(self, event: Event) -> List[Handler]:
        return [handler for event_type, handler in self._handlers if event_type in ("*", event["event_type"])]

    def _take(self) -> List[Event]:
        if self._queue is None:
            return []
        size = self._frame_size()
        decoded = (self._decoder.decode(row, size) for row in self._queue.take())
        return [event for event in decoded if event is not None]


def _call(handler: Handler, event: Event) -> None:
    try:
        handler(event)
    except Exception:
        log.exception("The handler %r failed at an event of type %s. The stream continues.", handler, event["event_type"])
    except SystemExit:
        log.error(_EXIT)


def _run_job(job: Callable[[], None]) -> None:
    try:
        job()
    except SystemExit:
        log.error(_EXIT)


#: Python ends a thread without a word at sys.exit(), and with this thread all handlers and callbacks would end.
_EXIT = (
    "sys.exit() in a handler or a callback ends nothing, because it is called in a thread of the stream. "
    "Close the stream, or set a flag that the main thread reads."
)
