"""Waiting for a word in shared memory, and waking those that wait for it."""

from __future__ import annotations

import ctypes
import mmap
import os
import struct

#: Number of the system call futex, by machine.
_SYSTEM_CALL = {"x86_64": 202, "aarch64": 98}

_WAIT, _WAKE = 0, 1
_ALL = 0x7FFFFFFF


class Futex:
    """A 32-bit word in a mapping. Not private: the other side is another process."""

    def __init__(self, memory: mmap.mmap, offset: int) -> None:
        self._memory = memory
        self._offset = offset
        self._word = ctypes.c_uint32.from_buffer(memory, offset)
        self._call = ctypes.CDLL(None, use_errno=True).syscall
        self._number = ctypes.c_long(_SYSTEM_CALL.get(os.uname().machine, 202))

    @property
    def value(self) -> int:
        return self._word.value

    def wake(self) -> None:
        """Adds 1 and wakes all waiters. Only one process may do so: the addition is not atomic."""
        self._word.value = (self._word.value + 1) & 0xFFFFFFFF
        self._call(self._number, ctypes.byref(self._word), ctypes.c_int(_WAKE), ctypes.c_int(_ALL), None, None, 0)

    def wait(self, expected: int, seconds: float) -> None:
        """Waits without the GIL while the word is ``expected``, at most so long. May return early."""
        timeout = struct.pack("ll", int(seconds), int(seconds % 1 * 1e9))
        self._call(self._number, ctypes.byref(self._word), ctypes.c_int(_WAIT), ctypes.c_uint32(expected), timeout, None, 0)

    def close(self) -> None:
        """Lets go of the mapping, which otherwise cannot be unmapped. The word is then one that nothing changes."""
        self._word = ctypes.c_uint32()
