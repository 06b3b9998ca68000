"""The queue of input events in shared memory, in the layout of native/scenecast_memory.h."""

from __future__ import annotations

import struct
import time
from typing import Dict, Iterable, List, Tuple

from . import layout
from .events import Row
from .segment import Segment

#: How long a lock must be set, with head and tail unchanged, before its holder counts as dead, s.
STALE_LOCK_SECONDS = 1.0


class LockWatch:
    """Detects a lock whose holder died: it stays set, with head and tail unchanged, for a second."""

    def __init__(self) -> None:
        self._blocked: Tuple[Tuple[int, ...], float] = ((), 0.0)

    def is_stale(self, words: Iterable[int]) -> bool:
        """Whether the lock may be broken. ``words``: head, tail and lock, which is set."""
        state, now = tuple(words), time.monotonic()
        if state != self._blocked[0]:
            self._blocked = (state, now)
        return now - self._blocked[1] > STALE_LOCK_SECONDS


class EventQueue:
    """The queue of event rows between the server, which appends, and this process, which removes.

    ``rows``: how many events wait at most in shared memory; the server keeps further ones.
    """

    def __init__(self, rows: int) -> None:
        self._max = rows
        self.rows = Segment(layout.QUEUE_ROWS + layout.EVENT_BYTES * (rows + 1))
        try:
            self.ends = Segment(12)
        except BaseException:
            self.rows.close()
            raise
        self.rows.reserve(self.rows.size)
        self.ends.reserve(self.ends.size)
        struct.pack_into("<dd", self.rows.map, 0, rows, layout.EVENT_VALUES)
        struct.pack_into("<iii", self.ends.map, 0, -1, -1, 0)
        self._words = memoryview(self.ends.map).cast("i")
        self._lock_watch = LockWatch()

    def take(self) -> List[Row]:
        """Removes and returns the rows that wait, oldest first; none while the server holds the lock, which takes it 1 us.

        The lock is FURY's: checked, then set to 1. The server's writer tolerates that: if it holds the lock as well, its
        compare-and-exchange fails and it repeats (src/memory/server-queue-writer.ts).
        """
        words = self._words
        taken: List[Row] = []
        if words[0] == -1:
            return taken
        if words[2] != 0 and not self._lock_watch.is_stale(words):
            return taken
        words[2] = 1
        head, tail = words[0], words[1]
        if 0 <= head < self._max and 0 <= tail < self._max:
            count = (tail - head) % self._max + 1
            for offset in range(count):
                start = layout.QUEUE_ROWS + layout.EVENT_BYTES * ((head + offset) % self._max)
                taken.append(struct.unpack_from("<8d", self.rows.map, start))
        words[1] = -1
        words[0] = -1
        words[2] = 0
        return taken

    def names(self) -> Dict[str, str]:
        """The names of the segments, by the keys of ``scenecast serve --names``."""
        return {"queue_buffer_name": self.rows.name, "queue_head_tail_buffer_name": self.ends.name}

    def close(self) -> None:
        """Removes both segments. May be called twice."""
        self._words.release()
        self.rows.close()
        self.ends.close()
