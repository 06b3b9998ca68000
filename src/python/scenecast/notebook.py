"""Views in notebooks: what a cell shows, and which views a cell that is run again replaces."""

from __future__ import annotations

import time
from typing import Any, Dict, List, Optional, Protocol, Tuple

from .executable import Executable, ScenecastError
from .frame import frame_html

#: Timeout of the picture for exports, s. A first picture takes less than a second on an idle machine.
_PICTURE_TIMEOUT = 15.0

#: Time after which files that are still being loaded are shown without a picture, since their page has a progress bar, s.
_LOADING_TIME = 2.0

_POLL_INTERVAL = 0.05


def mime_bundle(server: Executable, height: int = 480, *, waits: bool = True) -> Dict[str, Any]:
    """
    The page of a server for the output of a notebook cell.

    Args:
        height: px.
        waits: whether to wait for a first picture. It would not come from a program that makes it in the thread that waits.
    Returns:
        ``text/html``: a frame that finds the way to the server in the browser, in front of a picture and a link for exports and
        notebooks that are not trusted. ``image/png``: the current picture. Neither has it if large files are still being loaded.
    Raises:
        ScenecastError: the server has ended, with its reason.
    """
    import base64

    from .server_requests import get

    picture: Dict[str, bytes] = {}
    try:
        if _has_picture(server, waits):
            for name in ("png", "jpg"):
                picture[name] = get(server, f"snapshot.{name}", _PICTURE_TIMEOUT)
    except ScenecastError:
        if server.has_ended:
            raise
    bundle: Dict[str, Any] = {"text/html": frame_html(server, height, picture.get("jpg"))}
    if "png" in picture:
        bundle["image/png"] = base64.b64encode(picture["png"]).decode()
    return bundle


def _has_picture(server: Executable, waits: bool) -> bool:
    """Whether there is a picture. If it ``waits``, False means that it takes long. Raises ScenecastError if the server has ended."""
    from .server_requests import get_json

    started = time.monotonic()
    loading_since: Optional[float] = None
    while time.monotonic() - started < _PICTURE_TIMEOUT:
        state = get_json(server, "state")["renderer"]["state"]
        if state == "running":
            return True
        if not waits:
            return False
        if state == "loading":
            loading_since = loading_since or time.monotonic()
            if time.monotonic() - loading_since > _LOADING_TIME:
                return False
        elif state not in ("starting", "waiting-for-producer", "waiting-for-first-frame"):
            return False
        time.sleep(_POLL_INTERVAL)
    return False


class Closable(Protocol):
    def close(self) -> None: ...


class Cell:
    """The notebook cell that is being run. Identified by its id, or in Jupyter Notebook 6, which sends none, by its code."""

    #: By cell: the execution that has made views, and these views.
    _views: Dict[Tuple[str, str], Tuple[str, List[Closable]]] = {}

    def __init__(self, key: Tuple[str, str], execution: str) -> None:
        self._key = key
        self._execution = execution

    @classmethod
    def current(cls) -> "Optional[Cell]":
        """None outside of a notebook."""
        import sys

        ipython = sys.modules.get("IPython")
        shell = ipython.get_ipython() if ipython is not None else None
        get_parent = getattr(shell, "get_parent", None)
        if get_parent is None:
            return None
        request: Dict[str, Any] = get_parent() or {}
        execution = request.get("header", {}).get("msg_id")
        if not execution:
            return None
        cell_id = request.get("metadata", {}).get("cellId")
        key = ("id", str(cell_id)) if cell_id else ("code", str(request.get("content", {}).get("code")))
        return cls(key, str(execution))

    def close_earlier(self) -> None:
        """Closes the views that earlier executions of this cell have made."""
        execution, views = self._views.get(self._key, (self._execution, []))
        if execution != self._execution:
            del self._views[self._key]
            for view in views:
                view.close()

    def add(self, view: Closable) -> None:
        """Records a view that this execution has made."""
        self._views.setdefault(self._key, (self._execution, []))[1].append(view)
