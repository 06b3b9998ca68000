"""What the memory of ``fury.stream`` has in common, and segments that another program created."""

from __future__ import annotations

import mmap
import os
from abc import ABC, abstractmethod

from ..segment import DIRECTORY


class MemoryResource(ABC):
    """Memory that this program creates, or that of another program."""

    @abstractmethod
    def create_mem_resource(self) -> None:
        """Creates the memory."""

    @abstractmethod
    def load_mem_resource(self) -> None:
        """Attaches to the memory."""

    @abstractmethod
    def cleanup(self) -> None:
        """Releases the memory. May be called twice."""


class AttachedSegment:
    """A segment of another program, mapped for reading and writing.

    Unlike ``multiprocessing.shared_memory`` before Python 3.13, the end of this process does not remove it.

    Raises FileNotFoundError with a sentence if there is no such segment.
    """

    def __init__(self, name: str) -> None:
        self.name = name.lstrip("/")
        try:
            file = os.open(os.path.join(DIRECTORY, self.name), os.O_RDWR | os.O_CLOEXEC)
        except FileNotFoundError as error:
            sentence = f"There is no shared memory segment {self.name!r} in {DIRECTORY}: has the program that made it ended?"
            raise FileNotFoundError(error.errno, sentence) from None
        try:
            self.map = mmap.mmap(file, 0)
        finally:
            os.close(file)
        self.size = len(self.map)

    def close(self) -> None:
        """Unmaps the segment. May be called twice."""
        try:
            self.map.close()
        except BufferError:
            # An array over it still exists; the mapping ends with the array.
            pass
