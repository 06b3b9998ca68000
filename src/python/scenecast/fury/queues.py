"""The event queue of ``fury.stream``: rows of float64 with a head and a tail, in RawArrays or in shared memory."""

from __future__ import annotations

import struct
from abc import abstractmethod
from typing import Any, Optional, Tuple, Union

from ..event_queue import LockWatch
from ..segment import Segment
from .memory import AttachedSegment, MemoryResource

#: Bytes before the rows of a queue segment: number of rows and values in a row, as float64.
HEADER_BYTES = 16


class GenericMultiDimensionalBuffer(MemoryResource):
    """``max_size`` + 1 rows of ``dimension`` float64; ``b[i]`` is a row."""

    def __init__(self, max_size: Optional[int] = None, dimension: int = 8) -> None:
        self.max_size = max_size
        self.dimension = dimension
        self.buffer_name: Optional[str] = None
        self._buffer: Any = None
        self._buffer_repr: Any = None
        self._created = False

    @property
    def buffer(self) -> Any:
        """The memory itself: a RawArray or a segment. Assigning an array of float64 sets all rows."""
        return self._buffer

    @buffer.setter
    def buffer(self, data: Any) -> None:
        self._buffer_repr[:] = data

    def get_start_end(self, idx: int) -> Tuple[int, int]:
        """Indices of the first value of a row and of the one behind its last."""
        return idx * self.dimension, (idx + 1) * self.dimension

    def __getitem__(self, idx: int) -> Any:
        start, end = self.get_start_end(idx)
        return self._buffer_repr[start:end]

    def __setitem__(self, idx: int, data: Any) -> None:
        start, end = self.get_start_end(idx)
        self._buffer_repr[start:end] = data

    def _check_size(self) -> int:
        if self.max_size is None or self.max_size < 1:
            raise ValueError(f"max_size must be a number of rows from 1 on when a buffer is created; it is {self.max_size!r}.")
        return int(self.max_size)


class RawArrayMultiDimensionalBuffer(GenericMultiDimensionalBuffer):
    """Rows in a ``multiprocessing.RawArray``: a new one of ``max_size`` rows, or ``buffer``."""

    def __init__(self, max_size: Optional[int], dimension: int = 4, buffer: Any = None) -> None:
        super().__init__(max_size, dimension)
        if buffer is None:
            self.create_mem_resource()
        else:
            self._buffer = buffer
            self.load_mem_resource()

    def create_mem_resource(self) -> None:
        import multiprocessing

        import numpy

        self._buffer = multiprocessing.RawArray("d", self.dimension * (self._check_size() + 1))
        self._buffer_repr = numpy.frombuffer(self._buffer, "d")
        self._created = True

    def load_mem_resource(self) -> None:
        import numpy

        self._buffer_repr = numpy.frombuffer(self._buffer, "d")
        self.max_size = len(self._buffer_repr) // self.dimension - 1

    def cleanup(self) -> None:
        pass


class SharedMemMultiDimensionalBuffer(GenericMultiDimensionalBuffer):
    """Rows in shared memory: a new segment of ``max_size`` rows, or the one named ``buffer_name``."""

    def __init__(self, max_size: Optional[int], dimension: int = 4, buffer_name: Optional[str] = None) -> None:
        super().__init__(max_size, dimension)
        self.buffer_name = buffer_name
        if buffer_name is None:
            self.create_mem_resource()
        else:
            self.load_mem_resource()

    def create_mem_resource(self) -> None:
        rows = self._check_size()
        self._buffer = Segment(HEADER_BYTES + 8 * self.dimension * (rows + 1))
        self._buffer.reserve(self._buffer.size)
        self.buffer_name = self._buffer.name
        struct.pack_into("<dd", self._buffer.map, 0, rows, self.dimension)
        self._created = True
        self._view(rows)

    def load_mem_resource(self) -> None:
        self._buffer = AttachedSegment(str(self.buffer_name))
        rows, dimension = struct.unpack_from("<dd", self._buffer.map, 0)
        room = (self._buffer.size - HEADER_BYTES) / 8
        if not (rows >= 1 and dimension >= 1 and (rows + 1) * dimension <= room):
            self._buffer.close()
            raise ValueError(f"The segment {self.buffer_name!r} is no event queue, which begins with its number of rows and of values in a row.")
        self.max_size, self.dimension = int(rows), int(dimension)
        self._view(self.max_size)

    def _view(self, rows: int) -> None:
        import numpy

        self._buffer_repr = numpy.frombuffer(self._buffer.map, "d", self.dimension * (rows + 1), HEADER_BYTES)

    def cleanup(self) -> None:
        self._buffer_repr = None
        self._buffer.close()


class GenericCircularQueue(MemoryResource):
    """A queue of rows, oldest first. It holds ``max_size`` rows; head and tail are -1 while it is empty."""

    def __init__(
        self,
        max_size: Optional[int] = None,
        dimension: int = 8,
        use_shared_mem: bool = False,
        buffer: Any = None,
        buffer_name: Optional[str] = None,
    ) -> None:
        self._created = False
        self.head_tail_buffer_name: Optional[str] = None
        self.head_tail_buffer: Any = None
        self.head_tail_buffer_repr: Any = None
        self.buffer: Union[RawArrayMultiDimensionalBuffer, SharedMemMultiDimensionalBuffer]
        if use_shared_mem:
            self.buffer = SharedMemMultiDimensionalBuffer(max_size, dimension, buffer_name)
        else:
            self.buffer = RawArrayMultiDimensionalBuffer(max_size, dimension, buffer)

    @property
    def head(self) -> int:
        """Index of the oldest row."""
        return int(self.head_tail_buffer_repr[0])

    @head.setter
    def head(self, value: int) -> None:
        self.head_tail_buffer_repr[0] = value

    @property
    def tail(self) -> int:
        """Index of the newest row."""
        return int(self.head_tail_buffer_repr[1])

    @tail.setter
    def tail(self, value: int) -> None:
        self.head_tail_buffer_repr[1] = value

    def set_head_tail(self, head: int, tail: int, lock: int = 1) -> None:
        """Sets all three words."""
        self.head_tail_buffer_repr[0:3] = head, tail, lock

    def _enqueue(self, data: Any) -> bool:
        size = self.buffer.max_size or 1
        if (self.tail + 1) % size == self.head:
            return False
        index = 0 if self.head == -1 else (self.tail + 1) % size
        self.buffer[index] = data
        self.tail = index
        if self.head == -1:
            self.head = index
        return True

    def _dequeue(self) -> Any:
        head, tail, size = self.head, self.tail, self.buffer.max_size or 1
        if not (0 <= head < size and 0 <= tail < size):
            return None
        row = self.buffer[head].copy()
        if head == tail:
            self.tail = self.head = -1
        else:
            self.head = (head + 1) % size
        return row

    @abstractmethod
    def enqueue(self, data: Any) -> bool:
        """Appends a row. Returns False if the queue is full or locked."""

    @abstractmethod
    def dequeue(self) -> Any:
        """Removes the oldest row and returns it, float64 of shape (dimension,), or None if the queue is empty or locked."""


class ArrayCircularQueue(GenericCircularQueue):
    """A queue in RawArrays: new ones, or ``head_tail_buffer`` (a ``multiprocessing.Array``, with its lock) and ``buffer``."""

    def __init__(
        self, max_size: Optional[int] = 10, dimension: int = 6, head_tail_buffer: Any = None, buffer: Any = None
    ) -> None:
        super().__init__(max_size, dimension, buffer=buffer)
        self.head_tail_buffer = head_tail_buffer
        if head_tail_buffer is None:
            self.create_mem_resource()
        else:
            self.load_mem_resource()

    def create_mem_resource(self) -> None:
        import multiprocessing

        self.head_tail_buffer = multiprocessing.Array("i", [-1, -1, 0])
        self.head_tail_buffer_repr = self.head_tail_buffer
        self._created = True

    def load_mem_resource(self) -> None:
        self.head_tail_buffer_repr = self.head_tail_buffer

    def enqueue(self, data: Any) -> bool:
        with self.head_tail_buffer.get_lock():
            return self._enqueue(data)

    def dequeue(self) -> Any:
        with self.head_tail_buffer.get_lock():
            return self._dequeue()

    def cleanup(self) -> None:
        pass


class SharedMemCircularQueue(GenericCircularQueue):
    """A queue in shared memory: new segments, or those named ``head_tail_buffer_name`` and ``buffer_name``.

    The lock is FURY's: checked, then set to 1. One that a dead process left is broken after 1 s.
    """

    def __init__(
        self,
        max_size: Optional[int] = 10,
        dimension: int = 6,
        head_tail_buffer_name: Optional[str] = None,
        buffer_name: Optional[str] = None,
    ) -> None:
        super().__init__(max_size, dimension, use_shared_mem=True, buffer_name=buffer_name)
        self.head_tail_buffer_name = head_tail_buffer_name
        self._lock_watch = LockWatch()
        try:
            if head_tail_buffer_name is None:
                self.create_mem_resource()
            else:
                self.load_mem_resource()
        except BaseException:
            self.buffer.cleanup()
            raise

    def create_mem_resource(self) -> None:
        self.head_tail_buffer = Segment(12)
        self.head_tail_buffer.reserve(12)
        self.head_tail_buffer_name = self.head_tail_buffer.name
        self.head_tail_buffer_repr = memoryview(self.head_tail_buffer.map).cast("i")
        self._created = True
        self.set_head_tail(-1, -1, 0)

    def load_mem_resource(self) -> None:
        self.head_tail_buffer = AttachedSegment(str(self.head_tail_buffer_name))
        if self.head_tail_buffer.size < 12:
            raise ValueError(f"The segment {self.head_tail_buffer_name!r} is too small for head, tail and lock (12 bytes).")
        self.head_tail_buffer_repr = memoryview(self.head_tail_buffer.map)[:12].cast("i")

    def set_head_tail(self, head: int, tail: int, lock: int = 1) -> None:
        for index, value in enumerate((head, tail, lock)):
            self.head_tail_buffer_repr[index] = value

    def is_unlocked(self) -> bool:
        return bool(self.head_tail_buffer_repr[2] == 0)

    def lock(self) -> None:
        self.head_tail_buffer_repr[2] = 1

    def unlock(self) -> None:
        self.head_tail_buffer_repr[2] = 0

    def _may_lock(self) -> bool:
        return self.is_unlocked() or self._lock_watch.is_stale(self.head_tail_buffer_repr[:3])

    def enqueue(self, data: Any) -> bool:
        if not self._may_lock():
            return False
        self.lock()
        try:
            return self._enqueue(data)
        finally:
            self.unlock()

    def dequeue(self) -> Any:
        # Without the lock: an empty queue is polled up to 1000 times a second.
        if self.head == -1 or not self._may_lock():
            return None
        self.lock()
        try:
            return self._dequeue()
        finally:
            self.unlock()

    def cleanup(self) -> None:
        self.buffer.cleanup()
        if isinstance(self.head_tail_buffer_repr, memoryview):
            self.head_tail_buffer_repr.release()
        self.head_tail_buffer.close()
