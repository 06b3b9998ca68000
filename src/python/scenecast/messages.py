"""The messages of a running executable on its standard error."""

from __future__ import annotations

import logging
import re
import subprocess
import threading
from typing import IO, List

_log = logging.getLogger("scenecast")

#: Maximum length of the error message taken from standard error, characters.
_MAX_MESSAGE = 600

#: Maximum length of a line, bytes.
_MAX_LINE = 65536

#: An entry of the log on standard error: "08:25:45 warning: …", without a level for information. Other lines are the error that ends it.
_LOG_ENTRY = re.compile(r"\d\d:\d\d:\d\d (?:(debug|warning|error): )?(.*)")
_LEVELS = {"debug": logging.DEBUG, "warning": logging.WARNING, "error": logging.ERROR}


class Messages:
    """Reads the standard error of a process in a thread, so that it never blocks: logs the lines and keeps the end of them."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        assert process.stderr is not None
        self._lines: List[str] = []
        self._thread = threading.Thread(
            target=_read_messages, args=(process.stderr, self._lines), name="scenecast messages", daemon=True
        )
        self._thread.start()

    def join(self) -> None:
        """Waits at most 1 s until all that an ended process has written is read."""
        self._thread.join(1.0)

    def last(self) -> str:
        """The last error message."""
        lines = list(self._lines)
        for index in range(len(lines) - 1, -1, -1):
            for prefix in ("scenecast: ", "error: "):
                if lines[index].startswith(prefix):
                    return " ".join([lines[index][len(prefix) :], *lines[index + 1 :]])[:_MAX_MESSAGE]
        return lines[-1][:_MAX_MESSAGE] if lines else ""


def _read_messages(stream: IO[bytes], lines: List[str]) -> None:
    with stream:
        while True:
            line = stream.readline(_MAX_LINE)
            if not line:
                return
            text = line.decode("utf-8", "replace").rstrip()
            if not text:
                continue
            entry = _LOG_ENTRY.match(text)
            level = logging.INFO if entry is None else _LEVELS.get(entry[1], logging.INFO)
            _log.log(level, "%s", text if entry is None else entry[2])
            if entry is None or level >= logging.WARNING:
                lines.append(text if entry is None else entry[2])
                del lines[:-20]
