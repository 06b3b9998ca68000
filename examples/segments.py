"""What a Python program needs to be served by `scenecast serve`: four segments of shared memory in FURY's layout
(docs/shared-memory.md). Copy this file beside a program of yours; it needs numpy only.
"""
import json
from multiprocessing.shared_memory import SharedMemory

import numpy as np

EVENT_VALUES = 8  # a row of the queue: id, wheel delta, x, y, ctrl, shift, time stamp (ms), 0
WHEEL, MOUSE_MOVE, LEFT_PRESS, LEFT_RELEASE, MIDDLE_PRESS, MIDDLE_RELEASE, RIGHT_PRESS, RIGHT_RELEASE = range(1, 9)


class Segments:
    """Two image buffers, the info buffer that says which is the newest, and the event queue with its head and tail.

    width, height: the largest frame in px. queue_size: how many events wait at most.
    """

    def __init__(self, width, height, queue_size=50):
        self._memories = []
        self._queue_size = queue_size
        self._images = [self._segment(width * height * 3, np.uint8) for _ in range(2)]
        self._info = self._segment(4 + 2 * len(self._images), np.uint32)
        self._info[:2] = 2 + 2 * len(self._images), 1
        self._queue = self._segment(2 + EVENT_VALUES * (queue_size + 1), np.float64)
        self._queue[:2] = queue_size, EVENT_VALUES
        self._ends = self._segment(3, np.int32)
        self._ends[:] = -1, -1, 0  # head, tail, lock

    def _segment(self, count, dtype):
        """A new segment, zeroed, as a numpy array of `count` values over it."""
        memory = SharedMemory(create=True, size=count * np.dtype(dtype).itemsize)
        self._memories.append(memory)
        return np.ndarray(count, dtype, buffer=memory.buf)

    def names(self):
        """The JSON that `scenecast serve --names -` reads: one line."""
        images, (info, queue, ends) = self._memories[:2], self._memories[2:]
        return json.dumps(
            {
                "image_buffer_names": [memory.name for memory in images],
                "info_buffer_name": info.name,
                "queue_buffer_name": queue.name,
                "queue_head_tail_buffer_name": ends.name,
            }
        )

    def write(self, frame):
        """Publishes a frame: (height, width, 3) bytes, RGB, first row at the bottom."""
        height, width, _ = frame.shape
        slot = (int(self._info[3]) + 1) % len(self._images)
        self._images[slot][: frame.size] = frame.reshape(-1)
        self._info[4 + 2 * slot], self._info[5 + 2 * slot] = width, height
        self._info[3] = slot  # last: from here on it is the newest frame

    def events(self):
        """Takes the events that wait, oldest first, as rows of 8 numbers. x and y are fractions of the frame, y down."""
        while self._ends[2] == 0:
            self._ends[2] = 1
            head, tail = int(self._ends[0]), int(self._ends[1])
            row = None
            if head != -1:
                row = self._queue[2 + head * EVENT_VALUES : 2 + (head + 1) * EVENT_VALUES].tolist()
                self._ends[:2] = (-1, -1) if head == tail else ((head + 1) % self._queue_size, tail)
            self._ends[2] = 0
            if row is None:
                return
            yield row

    def close(self):
        """Removes the segments. May be called twice."""
        self._images, self._info, self._queue, self._ends = [], None, None, None
        while self._memories:
            memory = self._memories.pop()
            memory.close()
            memory.unlink()
