"""Waiting for a word in shared memory, and waking those that wait for it."""

from __future__ import annotations

import ctypes
import mmap
import os
import struct
from typing import Any

#: Number of the system call futex, by machine.
_SYSTEM_CALL = {"x86_64": 202, "aarch64": 98}

_NUMBER = _SYSTEM_CALL.get(os.uname().machine, 202)
_WAIT, _WAKE = 0, 1
_ALL = 0x7FFFFFFF


def _system_call(library: ctypes.CDLL) -> Any:
    function = library.syscall
    word = ctypes.POINTER(ctypes.c_uint32)
    function.argtypes = [ctypes.c_long, word, ctypes.c_int, ctypes.c_uint32, ctypes.c_char_p, ctypes.c_void_p, ctypes.c_uint32]
    function.restype = ctypes.c_long
    return function


_futex = _system_call(ctypes.CDLL(None))
#: Waking takes microseconds; to let go of the GIL for it could cost another thread's 5 ms.
_futex_with_gil = _system_call(ctypes.PyDLL(None))


class Futex:
    """A 32-bit word in a mapping. Not private: the other side is another process."""

    def __init__(self, memory: mmap.mmap, offset: int) -> None:
        self._word = ctypes.c_uint32.from_buffer(memory, offset)

    @property
    def value(self) -> int:
        return self._word.value

    def wake(self) -> None:
        """Adds 1 and wakes all waiters. Only one process may do so: the addition is not atomic."""
        word = self._word
        word.value = word.value + 1 & 0xFFFFFFFF
        _futex_with_gil(_NUMBER, word, _WAKE, _ALL, None, None, 0)

    def wait(self, expected: int, seconds: float) -> None:
        """Waits without the GIL while the word is ``expected``, at most so long. May return early."""
        timeout = struct.pack("ll", int(seconds), int(seconds % 1 * 1e9))
        _futex(_NUMBER, self._word, _WAIT, expected, timeout, None, 0)

    def close(self) -> None:
        """Lets go of the mapping, which otherwise cannot be unmapped. The word is then one that nothing changes."""
        self._word = ctypes.c_uint32()
