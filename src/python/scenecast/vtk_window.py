"""Reading the pixels of a VTK render window."""

from __future__ import annotations

from typing import Any, Tuple


def read_rgb(window: Any, target: Any) -> None:
    """Reads the window's picture into ``target``: width * height * 3 bytes, RGB, rows bottom-up.

    VTK writes into ``target`` itself, without a copy in between.
    """
    window.GetPixelData(*_arguments(window, target, 3))


def read_rgba(window: Any, target: Any) -> None:
    """Reads the window's picture into ``target``: width * height * 4 bytes, RGBA, opaque, rows bottom-up.

    With alpha, OpenGL has nothing to convert: 720p takes 0.2 ms in place of 1 ms on a software renderer.
    """
    import numpy

    window.GetRGBACharPixelData(*_arguments(window, target, 4))
    width, height = window.GetSize()
    # The background of a window is transparent.
    pixels = numpy.frombuffer(target, "<u4", width * height)
    numpy.bitwise_or(pixels, 0xFF000000, out=pixels)


def _arguments(window: Any, target: Any, components: int) -> Tuple[Any, ...]:
    """The rectangle of the whole window, whether to read the front buffer, and ``target`` as an array of VTK.

    After a render the picture is in the front buffer, as a screen would show it, unless buffers are not swapped. Reading the
    back buffer would resolve its samples again, which takes 10 ms for 720p.
    """
    from vtkmodules.vtkCommonCore import vtkUnsignedCharArray

    width, height = window.GetSize()
    pixels = vtkUnsignedCharArray()
    pixels.SetNumberOfComponents(components)
    pixels.SetVoidArray(target, width * height * components, 1)
    return 0, 0, width - 1, height - 1, int(bool(window.GetSwapBuffers())), pixels, 0
