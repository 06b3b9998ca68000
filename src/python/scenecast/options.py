"""Options of the command line as keyword arguments."""

from __future__ import annotations

import json
import os
import re
from typing import Any, List, Mapping

#: Options with a form ``--no-…``, which ``False`` selects.
_NEGATABLE = ("letters", "mjpeg", "scalar_bar", "webrtc")


def option_arguments(options: Mapping[str, Any]) -> List[str]:
    """
    The command line of options: ``color_by="fa"`` is ``--color-by=fa``.

    ``True`` is the option alone, and ``None`` and ``False`` leave it out, except that ``letters=False`` is ``--no-letters``. Sequences
    are joined by commas, a ``size`` by ``x``; a mapping is JSON; ``ice_server`` may be a list and is then repeated.

    Raises:
        TypeError: ``json``, which this package sets itself, or ``socket``.
    """
    arguments: List[str] = []
    for name, value in options.items():
        option = "--" + name.replace("_", "-")
        if name == "json":
            raise TypeError("json is not an option here: the output of the executable is read by this package.")
        if name == "socket":
            raise TypeError("socket is not an option here: servers that Python starts have a port. Use scenecast view --socket.")
        if value is None or value is False:
            if value is False and name in _NEGATABLE:
                arguments.append("--no-" + name.replace("_", "-"))
        elif value is True:
            arguments.append(option)
        elif name == "ice_server" and not isinstance(value, str):
            arguments += [f"{option}={url}" for url in value]
        else:
            # With "=", a value that begins with a minus, such as up="-z", is not read as an option.
            arguments.append(f"{option}={_option_text(name, value)}")
    return arguments


def in_keywords(message: str) -> str:
    """A message of the executable about an unknown option, with keyword arguments in place of the options of the command line."""
    if not message.startswith("unknown option "):
        return message
    return re.sub("'--([a-z0-9-]+)'", lambda option: "'" + option[1].replace("-", "_") + "'", message)


def _option_text(name: str, value: Any) -> str:
    if isinstance(value, (str, os.PathLike)):
        return os.fspath(value)
    if isinstance(value, Mapping):
        return json.dumps(value)
    try:
        parts = [str(part) for part in value]
    except TypeError:  # a number
        return str(value)
    return ("x" if name == "size" else ",").join(parts)
