"""POSIX shared memory segments with scenecast's rules of lifetime (docs/shared-memory.md, Lifetime)."""

from __future__ import annotations

import errno
import fcntl
import mmap
import os
import weakref

DIRECTORY = "/dev/shm"
PREFIX = "scenecast_"


class Segment:
    """A segment that this process created: mapped, locked, and removed by :meth:`close`.

    ``bytes``: size, which may be larger than what is free: memory is committed by :meth:`reserve`.

    The lock (flock) is held through a second open file of the segment, which is not the mapped one. A forked child drops
    it although it inherits the mapping, so that the death of the creator alone releases the lock, by
    which servers and the next start recognise an abandoned segment.
    """

    def __init__(self, size: int) -> None:
        self.name, self._file = _create()
        self.path = f"{DIRECTORY}/{self.name}"
        self._lock = -1
        self._reserved = 0
        try:
            self._lock = os.open(self.path, os.O_RDWR | os.O_CLOEXEC)
            # Before it has a size: a sweep removes a segment with a size and without a lock.
            fcntl.flock(self._lock, fcntl.LOCK_SH)
            os.ftruncate(self._file, size)
            self.map = mmap.mmap(self._file, size)
        except BaseException:
            self._unlink()
            raise
        self.size = size
        _created.add(self)

    def reserve(self, size: int) -> None:
        """Commits the first ``size`` bytes, so that a write cannot end the process by SIGBUS.

        Raises OSError with a sentence if /dev/shm has too little space.
        """
        if size <= self._reserved:
            return
        try:
            os.posix_fallocate(self._file, 0, size)
        except OSError as error:
            if error.errno == errno.ENOSPC:
                raise OSError(error.errno, _no_space(size)) from None
            raise
        self._reserved = size

    def disown(self) -> None:
        """In a forked child, which does not own the segment: drops the lock. :meth:`close` does nothing from here on."""
        self._close_files()

    def close(self) -> None:
        """Removes the segment. A view of :attr:`map` that still exists keeps its memory. May be called twice."""
        if self._file < 0:
            return
        self._unlink()
        try:
            self.map.close()
        except BufferError:
            # A thread sleeps on a word in it, or a renderer keeps a view: the mapping ends with the last of them.
            del self.map

    def _unlink(self) -> None:
        try:
            os.unlink(self.path)
        except FileNotFoundError:
            pass
        self._close_files()

    def _close_files(self) -> None:
        for file in (self._lock, self._file):
            if file >= 0:
                os.close(file)
        self._lock = self._file = -1


#: The segments of this process.
_created: weakref.WeakSet[Segment] = weakref.WeakSet()


def _after_fork_in_child() -> None:
    for segment in list(_created):
        segment.disown()


os.register_at_fork(after_in_child=_after_fork_in_child)


def _create() -> tuple[str, int]:
    while True:
        name = PREFIX + os.urandom(4).hex()
        try:
            return name, os.open(f"{DIRECTORY}/{name}", os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        except FileExistsError:
            continue


def _no_space(size: int) -> str:
    status = os.statvfs(DIRECTORY)
    free = status.f_bavail * status.f_frsize
    return (
        f"{size / 2**20:.1f} MiB are needed in {DIRECTORY} and {free / 2**20:.1f} MiB are free: remove stale files there, "
        f"make it larger (mount -o remount,size=1G {DIRECTORY}; in a container --shm-size=1g), or write smaller frames"
    )


def sweep() -> None:
    """Removes the segments of killed programs: those whose lock is free."""
    for name in os.listdir(DIRECTORY):
        if not name.startswith(PREFIX):
            continue
        path = f"{DIRECTORY}/{name}"
        try:
            file = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
        except OSError:
            continue  # already removed, or another user's
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # One without a size may be in creation, before its lock.
            if os.fstat(file).st_size > 0:
                os.unlink(path)
        except OSError:
            pass
        finally:
            os.close(file)
