"""Starts the scenecast executable."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from typing import Any, List


class ScenecastError(RuntimeError):
    """The executable is missing, did not start, or has ended; the message says why."""


class Executable:
    """A running ``scenecast``, from its ready line to its end."""

    def __init__(self, command: str, *, stdin: bool, **options: Any) -> None:
        path = os.environ.get("SCENECAST_EXECUTABLE") or shutil.which("scenecast")
        if path is None:
            raise ScenecastError("There is no scenecast executable on the PATH.")
        arguments: List[str] = []
        for name, value in options.items():
            arguments += [f"--{name.replace('_', '-')}", str(value)]
        self.process = subprocess.Popen(
            [path, command, "--json", *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        line = self.process.stdout and self.process.stdout.readline()
        if not line:
            raise ScenecastError(f"{path} did not start; it says why on standard error.")
        self.url: str = json.loads(line)["url"]

    def send(self, line: str) -> None:
        """Writes a line to its standard input."""
        assert self.process.stdin is not None
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    @property
    def last_message(self) -> str:
        return "it says why on standard error."

    @property
    def has_ended(self) -> bool:
        return self.process.poll() is not None

    def close(self) -> None:
        """Ends it. May be called twice."""
        self.process.terminate()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                pipe.close()
