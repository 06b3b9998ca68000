"""The Unix socket on which a program describes its panel to the server: docs/shared-memory.md, Controls."""

from __future__ import annotations

import json
import logging
import os
import select
import socket
import tempfile
import threading
import time
import weakref
from typing import TYPE_CHECKING, Any, Dict, List, Optional

if TYPE_CHECKING:
    from .panel import Panel

log = logging.getLogger("scenecast")

#: Beginning of the name of its folder. The server removes folders that begin with "scenecast-" when their program was killed.
PREFIX = "scenecast-panel-"

#: Longest path of a Unix socket, bytes.
_MAX_PATH = 107

#: Maximum length of a line, characters.
MAX_LINE = 1 << 20

#: Least time between two messages about the same, s.
_INTERVAL = 0.02

#: Timeout of waiting for the thread at the end, s.
_JOIN_TIMEOUT = 1.0


class ControlSocket:
    """Listens for the server in a folder of its own, and exchanges lines with it in a thread.

    It refers to its panel weakly, so that a stream with callbacks that refer to it is collected, and closed.

    Raises OSError if no folder for it can be created.
    """

    def __init__(self, panel: Panel) -> None:
        self._panel = weakref.ref(panel)
        self._folder = _create_folder()
        self.path = f"{self._folder}/control"
        self._is_closed = False
        self._is_requested = False
        self._connection: Optional[socket.socket] = None
        self._received = b""
        self._sockets: List[socket.socket] = []
        try:
            self._listener = self._keep(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM))
            self._listener.bind(self.path)
            os.chmod(self.path, 0o600)
            self._listener.listen(4)
            self._waked, self._waker = map(self._keep, socket.socketpair())
            self._waked.setblocking(False)
            self._waker.setblocking(False)
        except BaseException:
            self._remove_files()
            self._close_sockets()
            raise
        _open.add(self)
        self._thread = threading.Thread(target=self._run, name="scenecast-panel", daemon=True)
        self._thread.start()

    def request(self) -> None:
        """Has the thread send what the panel has to say. May be called from any thread."""
        if self._is_requested or self._is_closed:
            return
        self._is_requested = True
        self._wake()

    def close(self) -> None:
        """Removes the socket and its folder, and ends the thread. May be called twice."""
        if self._is_closed:
            return
        self._is_closed = True
        self._remove_files()
        self._wake()
        # Collected garbage may close it in its own thread.
        if threading.current_thread() is not self._thread:
            self._thread.join(_JOIN_TIMEOUT)

    def disown(self) -> None:
        """In a forked child, which has no such thread: lets the server see the end of the parent."""
        self._is_closed = True
        self._close_sockets()
        panel = self._panel()
        if panel is not None:
            # Another thread may have held it, for ever.
            panel.lock = threading.RLock()

    def _keep(self, opened: socket.socket) -> socket.socket:
        self._sockets.append(opened)
        return opened

    def _wake(self) -> None:
        try:
            self._waker.send(b"\0")
        except OSError:
            pass  # it is awake, or has ended

    def _run(self) -> None:
        poll = select.poll()
        poll.register(self._listener, select.POLLIN)
        poll.register(self._waked, select.POLLIN)
        sent = 0.0
        while not self._is_closed:
            is_due = self._is_requested and self._connection is not None
            wait = max(0.0, sent + _INTERVAL - time.monotonic()) * 1000 if is_due else None
            ready = {descriptor for descriptor, _ in poll.poll(wait)}
            if self._waked.fileno() in ready:
                self._waked.recv(4096)
            if self._listener.fileno() in ready:
                self._accept(poll)
            elif self._connection is not None and self._connection.fileno() in ready:
                if not self._receive(self._connection):
                    self._disconnect(poll)
            if self._is_requested and self._connection is not None and time.monotonic() - sent >= _INTERVAL:
                self._is_requested = False
                sent = time.monotonic()
                if not self._send():
                    self._disconnect(poll)
        self._close_sockets()

    def _accept(self, poll: select.poll) -> None:
        """Talks to the newest server, which takes the place of another one."""
        self._disconnect(poll)
        try:
            connection, _ = self._listener.accept()
        except OSError:
            return  # it is gone already
        self._connection = self._keep(connection)
        poll.register(connection, select.POLLIN)
        panel = self._panel()
        if panel is not None:
            panel.announce()

    def _disconnect(self, poll: select.poll) -> None:
        connection, self._connection = self._connection, None
        self._received = b""
        if connection is not None:
            poll.unregister(connection)
            self._sockets.remove(connection)
            connection.close()

    def _send(self) -> bool:
        """Sends what the panel has to say. Returns whether there still is a connection."""
        panel, connection = self._panel(), self._connection
        if panel is None or connection is None:
            return False
        try:
            for message in panel.take_messages():
                line = json.dumps(message, separators=(",", ":"))
                if len(line) > MAX_LINE:
                    log.error("The controls have more than %d characters, which cannot be sent. Use shorter texts.", MAX_LINE)
                else:
                    connection.sendall(line.encode() + b"\n")
            return True
        except OSError:
            return False

    def _receive(self, connection: socket.socket) -> bool:
        """Reads and handles lines. Returns whether the connection goes on."""
        try:
            data = connection.recv(1 << 16)
        except OSError:
            return False
        lines = (self._received + data).split(b"\n")
        self._received = lines.pop()
        for line in lines:
            self._handle(line)
        return bool(data) and len(self._received) <= MAX_LINE

    def _handle(self, line: bytes) -> None:
        panel = self._panel()
        message = _parse(line)
        if panel is None or message is None:
            return
        if message.get("type") == "error":
            log.warning("The server refused a message of the panel: %s", message.get("message"))
        command = message.get("command")
        if message.get("type") == "command" and isinstance(command, dict):
            number, name = message.get("id"), command.get("control")
            if isinstance(number, int) and isinstance(name, str):
                panel.receive(number, name, command.get("value"))

    def _remove_files(self) -> None:
        for remove, path in ((os.unlink, self.path), (os.rmdir, self._folder)):
            try:
                remove(path)
            except OSError:
                pass  # the server has removed it

    def _close_sockets(self) -> None:
        for each in self._sockets:
            each.close()
        self._sockets.clear()


#: The sockets of this process.
_open: weakref.WeakSet[ControlSocket] = weakref.WeakSet()


def _after_fork_in_child() -> None:
    for each in list(_open):
        each.disown()


os.register_at_fork(after_in_child=_after_fork_in_child)


def _parse(line: bytes) -> Optional[Dict[str, Any]]:
    try:
        message = json.loads(line)
    except ValueError:
        return None
    return message if isinstance(message, dict) else None


def _create_folder() -> str:
    """Creates a folder of this user alone, whose path is short enough for a socket in it."""
    folders = [os.environ.get("XDG_RUNTIME_DIR") or "", tempfile.gettempdir(), "/tmp", "/dev/shm"]
    problem: Optional[OSError] = None
    for parent in folders:
        if not os.path.isabs(parent) or len(os.fsencode(parent)) + len(f"/{PREFIX}12345678/control") > _MAX_PATH:
            continue
        try:
            _sweep(parent)
            return tempfile.mkdtemp(prefix=PREFIX, dir=parent)
        except OSError as error:
            problem = error
    raise problem or OSError("There is no folder for the socket of the panel: set XDG_RUNTIME_DIR to one of yours.")


def _sweep(parent: str) -> None:
    """Removes the sockets of programs that were killed together with their server."""
    for entry in os.scandir(parent):
        path = f"{entry.path}/control"
        if not entry.name.startswith(PREFIX) or not entry.is_dir(follow_symlinks=False):
            continue
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
            probe.settimeout(1)
            try:
                probe.connect(path)
            except ConnectionRefusedError:
                try:
                    os.unlink(path)
                    os.rmdir(entry.path)
                except OSError:
                    pass
            except OSError:
                pass  # another user's, or gone
