"""The scenecast executable as a child process: finding it, starting it, reading its ready line, ending it."""

from __future__ import annotations

import errno
import json
import os
import select
import signal
import subprocess
import sys
import threading
import time
import weakref
from typing import IO, Any, Callable, Dict, Iterator, List, Mapping, Optional, Sequence, TypeVar

from .messages import Messages
from .options import in_keywords, option_arguments

#: Timeout of the start, s. It takes 0.1 s on an idle machine; a busy one with a cold disk needs some seconds.
START_TIMEOUT = 60.0

#: Time from SIGTERM to SIGKILL, s: the executable ends within 2 s.
_STOP_TIMEOUT = 3.0

#: Interval of checking whether the process has ended without closing its standard output, ms.
_POLL_INTERVAL = 100

#: Maximum size of the ready line, bytes.
_MAX_LINE = 65536

_Result = TypeVar("_Result")


class ScenecastError(RuntimeError):
    """The executable is missing, did not start, failed or has ended. The message is one sentence that says why."""


def find_executable() -> str:
    """
    Path of the executable: the environment variable ``SCENECAST_EXECUTABLE``, else the one that was installed with this module, else
    the first on the ``PATH``.

    Raises:
        ScenecastError: there is none, or ``SCENECAST_EXECUTABLE`` is not an executable file.
    """
    chosen = os.environ.get("SCENECAST_EXECUTABLE")
    if chosen:
        if _is_executable(chosen):
            return os.path.abspath(chosen)
        raise ScenecastError(f"SCENECAST_EXECUTABLE is {chosen}, which is not an executable file.")
    for path in _candidates():
        if _is_executable(path):
            return path
    raise ScenecastError(
        "There is no scenecast executable beside this module or on the PATH. Install the wheel (pip install scenecast), "
        "or set SCENECAST_EXECUTABLE to its path."
    )


def _candidates() -> Iterator[str]:
    file = globals().get("__file__")
    if file:
        folder = os.path.dirname(os.path.abspath(file))
        if os.path.isfile(folder):  # scenecast.py, which contains this module
            folder = os.path.dirname(folder)
        yield os.path.join(folder, "scenecast")
        # pip install --target puts bin/ beside the package; a virtual environment and --prefix have it above lib/python3.x/site-packages.
        for levels in (1, 4):
            above = os.path.normpath(os.path.join(folder, *[".."] * levels))
            yield os.path.join(above, "bin", "scenecast")
    import sysconfig

    yield os.path.join(sysconfig.get_path("scripts"), "scenecast")
    user = sysconfig.get_path("scripts", "posix_user")
    if user:
        yield os.path.join(user, "scenecast")
    for folder in os.environ.get("PATH", os.defpath).split(os.pathsep):
        yield os.path.join(folder or os.curdir, "scenecast")


def _is_executable(path: str) -> bool:
    return os.path.isfile(path) and os.access(path, os.X_OK)


class Executable:
    """
    A running ``scenecast view`` or ``scenecast serve``, from its ready line to its end. It ends with this process, however that ends.

    Its messages go to the logger ``scenecast`` at their level: warnings are printed by default, the rest is not.

    Args:
        command: ``"view"`` or ``"serve"``.
        arguments: further arguments, such as files, after the options.
        stdin: whether :meth:`send` is used; else standard input is empty.
        **options: options of the command line, see :func:`scenecast.options.option_arguments`. Tokens are passed in the environment,
            since other users of the machine can read a command line. In a notebook ``token`` is a generated one by default.

    Attributes:
        url: URL of the page, with the token if one is needed.
        view_url: URL for viewers that cannot steer; None if there is no token.
        port: TCP port.
        instance: its identity for ``/healthz?instance=…``.
        pid: process ID.
        library: path of its native library, while it runs.

    Raises:
        ScenecastError: it is missing, is not for this machine, or ended before it was ready, with its reason: a port in use, a file
            that does not exist, an unknown option.
    """

    def __init__(
        self,
        command: str,
        arguments: Sequence[str] = (),
        *,
        stdin: bool = False,
        **options: Any,
    ) -> None:
        if not options.get("token") and _is_in_notebook():
            options["token"] = make_token()
        env = {f"SCENECAST_{name.upper()}": str(options.pop(name)) for name in ("token", "view_token") if options.get(name)}
        self.instance: str = os.urandom(8).hex()
        env["SCENECAST_INSTANCE"] = self.instance
        line = [command, "--json", *option_arguments(options), *arguments]
        self._process = _spawn(line, stdin, env)
        self._messages = Messages(self._process)
        self._end = weakref.finalize(self, _end, self._process, self._messages, os.getpid())
        try:
            ready = self._read_ready_line()
        except BaseException:  # KeyboardInterrupt as well
            self.close()
            raise
        self.url: str = ready["url"]
        self.view_url: Optional[str] = ready.get("view_url")
        self.port: int = ready["port"]
        self.pid: int = self._process.pid
        self.library: str = str(ready.get("library", ""))

    @property
    def has_ended(self) -> bool:
        """Whether the process has ended, by :meth:`close` or by itself."""
        return self._process.poll() is not None

    @property
    def last_message(self) -> str:
        """Its last error message, or how it ended; for the message of an exception after its end."""
        if not self._end.alive:
            return "it was closed."
        self._messages.join()
        how = f"{_how_ended(self._process)}."
        if (self._process.returncode or 0) < 0:  # the last message may be an old warning
            return f"{how} {self._messages.last()}".strip()
        return self._messages.last() or how

    def send(self, line: str) -> None:
        """
        Writes a line to its standard input; requires ``stdin=True``.

        Raises:
            ScenecastError: the process has ended.
        """
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(line.encode() + b"\n")
            self._process.stdin.flush()
        except OSError:
            raise ScenecastError(f"scenecast has ended: {self.last_message}") from None

    def wait(self, seconds: Optional[float] = None) -> bool:
        """Waits until the process has ended, at most that many seconds. Returns whether it has ended."""
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            pass
        return self.has_ended

    def close(self) -> None:
        """Ends the process and waits for its end. May be called twice."""
        self._end()

    def _read_ready_line(self) -> Dict[str, Any]:
        assert self._process.stdout is not None
        deadline = time.monotonic() + START_TIMEOUT
        text = _read_line(self._process, deadline)
        try:
            ready = json.loads(text)
            if isinstance(ready["url"], str) and isinstance(ready["port"], int):
                return dict(ready)
        except (ValueError, KeyError, TypeError):
            pass
        if not text and self._process.poll() is None and time.monotonic() > deadline:
            raise ScenecastError(f"scenecast was not ready after {START_TIMEOUT:.0f} s. {self._messages.last()}".strip())
        if text and self._process.poll() is None:
            raise ScenecastError(f"{find_executable()} is not scenecast: its first line is {text[:80]!r}.")
        self._process.wait()
        raise ScenecastError(f"scenecast did not start: {in_keywords(self.last_message)}")


def run(command: str, arguments: Sequence[str]) -> bytes:
    """
    Runs a command of the executable, such as ``"render"``, until its end.

    Returns:
        Its standard output.
    Raises:
        ScenecastError: it failed; the message is its error message.
    """
    process = _spawn([command, *arguments], False, {})
    messages = Messages(process)
    try:
        assert process.stdout is not None
        output = process.stdout.read()
        process.wait()
        if process.returncode != 0:
            messages.join()
            raise ScenecastError(in_keywords(messages.last()) or f"scenecast {command} failed: {_how_ended(process)}.")
        return output
    finally:
        _end(process, messages, os.getpid())


def _read_line(process: "subprocess.Popen[bytes]", deadline: float) -> str:
    """The first line of standard output; what there is of it when the process ends, or at the deadline."""
    assert process.stdout is not None
    descriptor = process.stdout.fileno()
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    data = b""
    while b"\n" not in data and len(data) < _MAX_LINE:
        # A child of an ended process may have the pipe open, so its end is checked as well.
        ended = process.poll() is not None
        if poll.poll(0 if ended else _POLL_INTERVAL):
            chunk = os.read(descriptor, 4096)
            if not chunk:
                break
            data += chunk
        elif ended or time.monotonic() > deadline:
            break
    return data.split(b"\n")[0].decode("utf-8", "replace").strip()


def _spawn(arguments: Sequence[str], stdin: bool, env: Mapping[str, str]) -> "subprocess.Popen[bytes]":
    path = find_executable()
    # The server would listen on a socket in place of its port.
    inherited = {name: value for name, value in os.environ.items() if name != "SCENECAST_SOCKET"}

    def start() -> "subprocess.Popen[bytes]":
        return subprocess.Popen(
            [path, *arguments],
            stdin=subprocess.PIPE if stdin else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            # Ctrl+C, or an interrupted cell, is for the Python program alone.
            start_new_session=True,
            env={**inherited, **env, "SCENECAST_LAUNCHER": str(os.getpid())},
        )

    try:
        return _in_lasting_thread(start)
    except OSError as error:
        if error.errno == errno.ENOEXEC:
            reason = f"it is not a program for this machine ({os.uname().machine})"
        elif error.errno == errno.ENOENT:
            # The file exists, so its dynamic loader does not.
            reason = "it is a program for another kind of Linux: its dynamic loader is missing here"
        else:
            reason = os.strerror(error.errno or 0)
        raise ScenecastError(f"Cannot start {path}: {reason}.") from None
    except ValueError as error:  # a null character in an argument
        raise ScenecastError(f"Cannot start {path}: {error}.") from None


def make_token() -> str:
    """A random token of 144 bits."""
    return os.urandom(18).hex()


def _is_in_notebook() -> bool:
    """In a notebook pages need a token: other users may share the machine, and the notebook's page may be on another host."""
    return "ipykernel" in sys.modules or bool(os.environ.get("JUPYTERHUB_SERVICE_PREFIX"))


def _end(process: "subprocess.Popen[bytes]", messages: Messages, owner: int) -> None:
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            try:
                pipe.close()
            except OSError:
                pass
    if os.getpid() != owner:
        # In a fork of the program that started it, which has a copy of the pipes, but no child to wait for.
        process.returncode = 0
        return
    if process.poll() is None:
        process.terminate()
    try:
        process.wait(_STOP_TIMEOUT)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    # A thread that writes to standard error while the interpreter ends can abort it.
    messages.join()


def _how_ended(process: "subprocess.Popen[bytes]") -> str:
    code = process.returncode
    if code is None:
        return "it has closed its output"
    if code >= 0:
        return f"it ended with exit code {code}"
    try:
        return f"it was ended by {signal.Signals(-code).name}"
    except ValueError:
        return f"it was ended by signal {-code}"


class _LastingThread:
    """A thread that never ends and runs functions for other threads."""

    def __init__(self) -> None:
        import queue

        self.owner = os.getpid()
        self._jobs: "queue.SimpleQueue[Callable[[], None]]" = queue.SimpleQueue()
        threading.Thread(target=self._work, name="scenecast launcher", daemon=True).start()

    def _work(self) -> None:
        while True:
            self._jobs.get()()

    def run(self, job: Callable[[], _Result]) -> _Result:
        from concurrent.futures import Future

        result: "Future[_Result]" = Future()

        def work() -> None:
            try:
                result.set_result(job())
            except BaseException as error:
                result.set_exception(error)

        self._jobs.put(work)
        return result.result()


_launcher: Optional[_LastingThread] = None


def _in_lasting_thread(start: Callable[[], _Result]) -> _Result:
    """
    Runs `start` in a thread that ends only with this process: the kernel ends a child (PR_SET_PDEATHSIG) when the thread that started
    it ends.
    """
    global _launcher
    if threading.current_thread() is threading.main_thread():
        return start()
    launcher = _launcher
    if launcher is None or launcher.owner != os.getpid():  # a fork has no other threads than the one that forked
        launcher = _launcher = _LastingThread()
    return launcher.run(start)
