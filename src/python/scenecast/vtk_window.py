"""Reading the pixels of a VTK render window."""

from __future__ import annotations

from typing import Any


def read_pixels(window: Any, target: Any) -> None:
    """Reads the window's picture into ``target``: (width * height * 3,) uint8, contiguous; RGB, rows bottom-up.

    VTK writes into ``target`` itself, without a copy in between. After a render the picture is in the front buffer, as a
    screen would show it, unless buffers are not swapped. Reading the back buffer resolves its samples again, which takes 10
    times as long (10 ms for 720p).
    """
    from vtkmodules.vtkCommonCore import vtkUnsignedCharArray

    width, height = window.GetSize()
    pixels = vtkUnsignedCharArray()
    pixels.SetNumberOfComponents(3)
    pixels.SetVoidArray(target, width * height * 3, 1)
    window.GetPixelData(0, 0, width - 1, height - 1, int(bool(window.GetSwapBuffers())), pixels, 0)
