"""``scenecast.view``, ``scenecast.render`` and ``scenecast.record``: files as a live view, as a picture, and as a film."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Dict, List, Mapping, Optional, Sequence, Set, Tuple, Union

from .executable import Executable, ScenecastError, make_token, run
from .options import option_arguments

if TYPE_CHECKING:
    import numpy
    from numpy.typing import NDArray

#: A file, or a file with the options of its layer.
File = Union[str, "os.PathLike[str]", Tuple[Union[str, "os.PathLike[str]"], Mapping[str, Any]]]

#: Views that are open, which keeps them alive while their pages are shown.
_open: Set["View"] = set()


def view(*files: File, height: int = 480, **options: Any) -> "View":
    """
    Shows files in a live view that any browser can open and steer.

        scenecast.view("bunny.obj")
        scenecast.view("t1.nii.gz", ("bundle.trk", {"color_by": "fa"}), background="black")

    As the value of a notebook cell it shows itself; run again, the cell replaces its view. A view ends with :meth:`View.close`, with a
    ``with`` block, or with this process, however that ends.

    Args:
        *files: path of each file, or a tuple of the path and the options of that file's layer. None: the demo scene.
        height: height of the view in a notebook, px.
        **options: the options of ``scenecast view`` with underscores, for the view or for all layers: ``color_by="fa"`` is
            ``--color-by fa``, ``size=(1280, 720)`` is ``--size 1280x720``, ``axes=True`` is ``--axes``, ``letters=False`` is
            ``--no-letters``. ``port`` is a free one by default, and ``token`` a generated one.
    Raises:
        ScenecastError: the executable is missing, a file does not exist, an option is wrong, a port is in use.
        TypeError: a file is not a path.
    """
    return View(files, height, options)


def render(
    *files: File,
    size: Tuple[int, int] = (1280, 720),
    output: Union[None, str, "os.PathLike[str]"] = None,
    **options: Any,
) -> "Optional[NDArray[numpy.uint8]]":
    """
    Renders one picture of files.

        picture = scenecast.render("bunny.obj", size=(640, 480), view="left")
        scenecast.render("bunny.obj", output="bunny.png")

    Args:
        *files: as in :func:`view`.
        size: width and height, px.
        output: PNG, JPEG or WebP file to write instead of returning an array.
        **options: the options of ``scenecast render`` with underscores, as in :func:`view`. ``camera`` may be a dictionary, such as
            :attr:`View.camera`.
    Returns:
        (h, w, 3) uint8, first row on top; (h, w, 4) with straight alpha for ``background="transparent"``. None with ``output``.
    Raises:
        ScenecastError: the executable is missing, or a file or an option is wrong; the message names it.
        ImportError: numpy is not installed.
        TypeError: a file is not a path.
    """
    from .png import decode_png, require_numpy

    if not files:
        raise TypeError("render requires a file.")
    if output is None:
        require_numpy()
    target = "-" if output is None else os.fspath(output)
    given = option_arguments({"size": size, **options, "output": target})
    data = run("render", [*given, *file_arguments(files)])
    return decode_png(data) if output is None else None


def record(
    *files: File,
    output: Union[str, "os.PathLike[str]"],
    size: Tuple[int, int] = (1280, 720),
    **options: Any,
) -> None:
    """
    Records a film of files, in full pictures.

        scenecast.record("bunny.obj", output="bunny.webm")
        scenecast.record("flow.pvd", output="flow.webp", all_times=True, fps=12)
        scenecast.record(output="path.webm", path=["front.scenecast.json", "close.scenecast.json"])

    Args:
        *files: as in :func:`view`. With ``path`` there need not be any: the scene is then that of the first saved view.
        output: WebM or animated WebP file to write, by its extension. It gets its name when it is complete.
        size: width and height, px.
        **options: the options of ``scenecast record`` with underscores, as in :func:`view`: ``turntable=360`` (degrees, the default),
            ``path`` (saved views), ``all_times=True``, ``frames``, ``fps``.
    Raises:
        ScenecastError: the executable is missing, a file or an option is wrong, or the film cannot be written; the message says it.
        TypeError: a file is not a path.
    """
    given = option_arguments({"size": size, **options, "output": os.fspath(output)})
    run("record", [*given, *file_arguments(files)])


class View:
    """
    A running ``scenecast view``; :func:`view` makes it.

    Attributes:
        height: height in a notebook, px.
    """

    def __init__(self, files: Sequence[File], height: int, options: Mapping[str, Any]) -> None:
        from . import notebook

        arguments = file_arguments(files)
        if not height > 0:
            raise ValueError(f"height must be above 0 px; it is {height}.")
        self.height = height
        cell = notebook.Cell.current()
        if cell is not None:
            cell.close_earlier()
        self._server = Executable("view", arguments, **_with_defaults(options))
        _open.add(self)
        if cell is not None:
            cell.add(self)

    @property
    def url(self) -> str:
        """URL of the page, with its token: whoever knows it can steer the view."""
        return self._server.url

    @property
    def view_url(self) -> Optional[str]:
        """URL for viewers who cannot steer; None if no token is required."""
        return self._server.view_url

    @property
    def port(self) -> int:
        """TCP port of the page."""
        return self._server.port

    @property
    def is_open(self) -> bool:
        """Whether it has not ended, by :meth:`close` or by an error."""
        return not self._server.has_ended

    @property
    def state(self) -> Dict[str, Any]:
        """Status of renderer, frame, camera and viewers, see ``GET /state``. Raises ScenecastError if the view has ended."""
        from .server_requests import get_json

        return dict(get_json(self._server, "state"))

    @property
    def camera(self) -> Optional[Dict[str, Any]]:
        """Current camera, for ``render(…, camera=view.camera)``; None before the first frame. Raises ScenecastError as `state`."""
        camera = self.state.get("camera")
        return None if camera is None else dict(camera)

    @property
    def scene(self) -> Dict[str, Any]:
        """
        The scene document: its layers, the view with the camera as it is now, the time step (docs/scene-document.md).

            scene = view.scene
            scene["layers"][0]["colormap"] = "magma"
            scene["view"]["background"] = "white"
            view.scene = scene

        Assigning a document shows it, and returns when the renderer has accepted it; without a camera, the scene is framed again. Layers may
        use the files that the view was opened with, and those below the folder of ``root``.

        Raises:
            ScenecastError: the view has ended, or the document cannot be shown; the message names what is wrong, and the view stays as it was.
        """
        from .server_requests import get_json

        return dict(get_json(self._server, "scene"))

    @scene.setter
    def scene(self, document: Mapping[str, Any]) -> None:
        from .server_requests import patch_json

        before = self.scene
        patch = _merge_patch(before, document)
        if isinstance(patch.get("view"), Mapping):
            patch["view"] = _merge_patch(before["view"], patch["view"])
        patch_json(self._server, "scene", patch)

    def pick(self, x: float, y: float) -> Dict[str, Any]:
        """
        What the newest picture shows at a place: the layer, the point in world coordinates and the values there.

            place = view.pick(0.5, 0.5)
            place["point"], {fact["name"]: fact["value"] for fact in place["facts"]}

        Args:
            x: fraction of the picture's width from the left, 0 to 1.
            y: fraction of its height from the top, 0 to 1.

        Returns:
            ``layer`` (id in the scene document, or None for none), ``facts`` (list of ``name`` and ``value``), and unless the place is
            empty ``label`` (name of the file), ``kind``, ``point`` [x, y, z], ``unit`` if it is known, and ``also`` with the volumes at the
            same point (docs/http-api.md).
        Raises:
            ScenecastError: the view has ended, the files are still being loaded, or the place is outside of the picture.
        """
        from .server_requests import get_json

        return dict(get_json(self._server, f"pick?x={x!r}&y={y!r}"))

    def snapshot(self) -> "NDArray[numpy.uint8]":
        """
        The current picture in full quality, of the size that the page shows. Waits until the files are loaded, at most 50 s.

        Returns:
            (h, w, 3) uint8, first row on top. ``PIL.Image.fromarray`` makes an image of it.
        Raises:
            ScenecastError: the view has ended (for example because a file could not be read), or has no picture yet.
            ImportError: numpy is not installed.
        """
        from .png import decode_png, require_numpy
        from .server_requests import get

        require_numpy()
        return decode_png(get(self._server, "snapshot.png"))

    def run(self, seconds: Optional[float] = None) -> None:
        """Waits until the view ends, for Ctrl+C, or for that many seconds: the end of a script. Ctrl+C closes the view.

        Raises:
            ScenecastError: the view has ended by itself, with its reason.
        """
        try:
            if self._server.wait(seconds) and self in _open:
                raise ScenecastError(f"The view has ended: {self._server.last_message}")
        except KeyboardInterrupt:
            self.close()

    def close(self) -> None:
        """Ends the view; its pages say so. May be called twice."""
        _open.discard(self)
        self._server.close()

    def __enter__(self) -> "View":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<scenecast.View {self.url}>" if self.is_open else "<scenecast.View, ended>"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> Dict[str, Any]:
        """The view in a frame as text/html, and its picture of this moment as image/png, for exports. Raises ScenecastError if it has ended."""
        from .notebook import mime_bundle

        return {"text/plain": repr(self), **mime_bundle(self._server, self.height)}

    def _repr_html_(self) -> str:
        return str(self._repr_mimebundle_()["text/html"])


def _merge_patch(before: Mapping[str, Any], after: Mapping[str, Any]) -> Dict[str, Any]:
    """What differs, as a JSON merge patch: null removes a key. The camera that is not named stays with the viewer who moves it."""
    return {key: after.get(key) for key in {**before, **after} if before.get(key) != after.get(key)}


def _with_defaults(options: Mapping[str, Any]) -> Dict[str, Any]:
    # The token keeps out other users of a shared machine, and allows notebooks of other hosts to have the page in a frame.
    return {"port": 0, "token": make_token(), **options}


def file_arguments(files: Sequence[File]) -> List[str]:
    """The command line of files, each followed by the options of its layer."""
    arguments: List[str] = []
    for file in files:
        options: Mapping[str, Any] = {}
        path: Any = file
        if isinstance(file, tuple) and len(file) == 2 and isinstance(file[1], Mapping):
            path, options = file
        if not isinstance(path, (str, os.PathLike)):
            raise TypeError(
                f"A file is a path, or a tuple of a path and a dictionary of options; it is a {type(path).__name__}. "
                "Arrays are saved first, for example with numpy.save, or shown as frames by scenecast.Stream."
            )
        text = os.fspath(path)
        # A path that begins with a minus would be read as an option.
        arguments += [os.path.join(".", text) if text.startswith("-") else text, *option_arguments(options)]
    return arguments
