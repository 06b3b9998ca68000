"""Views in notebooks: what a cell shows, and which views a cell that is run again replaces."""

from __future__ import annotations

from typing import Any, Dict, List, Optional, Protocol, Tuple

from .executable import Executable, ScenecastError
from .frame import frame_html

#: Timeout of the picture for exports, s. A view that is still loading is shown without it.
_PICTURE_TIMEOUT = 3.0


def mime_bundle(server: Executable, height: int) -> Dict[str, Any]:
    """
    The page of a server for the output of a notebook cell.

    Args:
        height: px.
    Returns:
        ``text/html``: a frame that finds the way to the server in the browser, in front of a picture and a link for exports and
        notebooks that are not trusted. ``image/png``: the current picture, unless there is none within 3 s.
    Raises:
        ScenecastError: the server has ended, with its reason.
    """
    import base64

    from .server_requests import get

    picture: Dict[str, bytes] = {}
    try:
        for name in ("png", "jpg"):
            picture[name] = get(server, f"snapshot.{name}", _PICTURE_TIMEOUT)
    except ScenecastError:
        if server.has_ended:
            raise
    bundle: Dict[str, Any] = {"text/html": frame_html(server, height, picture.get("jpg"))}
    if "png" in picture:
        bundle["image/png"] = base64.b64encode(picture["png"]).decode()
    return bundle


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
