"""Timers of ``fury.stream``: a function is called every few milliseconds until the timer is stopped."""

from __future__ import annotations

import asyncio
import logging
import threading
from typing import Any, Callable, Optional

log = logging.getLogger(__name__)


class IntervalTimerThreading:
    """Calls a function periodically in a thread of its own. It runs from the start.

    Args:
        seconds: time between the end of one call and the next.
        callback: the function; an exception in it is logged, and the timer goes on.
        args, kwargs: its arguments.
    """

    def __init__(self, seconds: float, callback: Callable[..., Any], *args: Any, **kwargs: Any) -> None:
        self.seconds = seconds
        self.callback = callback
        self.args = args
        self.kwargs = kwargs
        self._thread: Optional[threading.Thread] = None
        self._stopped = threading.Event()
        self.start()

    @property
    def is_running(self) -> bool:
        return self._thread is not None

    def start(self) -> None:
        """Starts the timer if it does not run."""
        if self._thread is not None:
            return
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(self._stopped,), name="scenecast-timer", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stops the timer and waits for the end of a call that runs, unless that call stops it. May be called twice."""
        thread, self._thread = self._thread, None
        self._stopped.set()
        if thread is not None and thread is not threading.current_thread():
            thread.join()

    def _run(self, stopped: threading.Event) -> None:
        while not stopped.wait(self.seconds):
            _call(self.callback, self.args, self.kwargs)


class IntervalTimer:
    """Calls a function periodically in the event loop of asyncio that runs or is set. It runs from the start.

    Args:
        seconds: time between the end of one call and the next.
        callback: the function; an exception in it is logged, and the timer goes on.
        args, kwargs: its arguments.
    """

    def __init__(self, seconds: float, callback: Callable[..., Any], *args: Any, **kwargs: Any) -> None:
        self._seconds = seconds
        self._callback = callback
        self.args = args
        self.kwargs = kwargs
        self._task: Optional[asyncio.Task[None]] = None
        self.start()

    def start(self) -> None:
        """Starts the timer if it does not run."""
        if self._task is None:
            self._task = asyncio.get_event_loop().create_task(self._run())

    def stop(self) -> None:
        """Stops the timer. May be called twice."""
        if self._task is not None:
            self._task.cancel()
            self._task = None

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(self._seconds)
            _call(self._callback, self.args, self.kwargs)


def _call(callback: Callable[..., Any], args: Any, kwargs: Any) -> None:
    try:
        callback(*args, **kwargs)
    except Exception as error:
        log.error("The timer's %s failed: %s: %s", getattr(callback, "__name__", "function"), type(error).__name__, error)
        log.debug("Where it failed:", exc_info=True)
