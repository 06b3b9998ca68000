"""Decoding the PNGs of scenecast with zlib and numpy alone."""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy
    from numpy.typing import NDArray

#: PNG, section 9.2: the filters that scenecast uses.
_NONE, _UP = 0, 2

#: PNG, section 11.2.2: channels by color type.
_CHANNELS = {2: 3, 6: 4}


def decode_png(data: bytes) -> "NDArray[numpy.uint8]":
    """
    Decodes a PNG that scenecast has written: 8 bits, RGB or RGBA, not interlaced, filters "None" and "Up".

    Returns:
        (h, w, 3) or (h, w, 4) uint8, first row on top.
    Raises:
        ImportError: numpy is not installed.
        ValueError: the data is incomplete, or another kind of PNG.
    """
    np = require_numpy()
    if data[:8] != b"\x89PNG\r\n\x1a\n":
        raise ValueError("The picture is not a PNG.")
    compressed, header, offset = [], None, 8
    while offset + 12 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, offset)
        content = data[offset + 8 : offset + 8 + length]
        if kind == b"IHDR":
            header = struct.unpack(">IIBBBBB", content)
        elif kind == b"IDAT":
            compressed.append(content)
        elif kind == b"IEND":
            break
        offset += 12 + length
    else:
        raise ValueError("The PNG is incomplete.")
    if header is None or header[2] != 8 or header[3] not in _CHANNELS or header[6] != 0:
        raise ValueError("The PNG is not one that scenecast writes: 8-bit RGB or RGBA, not interlaced.")
    width, height, channels = header[0], header[1], _CHANNELS[header[3]]
    rows = np.frombuffer(zlib.decompress(b"".join(compressed)), np.uint8).reshape(height, 1 + width * channels)
    filters, picture = rows[:, 0], rows[:, 1:].copy()
    for y in range(height):
        if filters[y] == _UP:
            if y > 0:
                picture[y] += picture[y - 1]
        elif filters[y] != _NONE:
            raise ValueError(f"The PNG is not one that scenecast writes: it uses filter {filters[y]}.")
    decoded: "NDArray[numpy.uint8]" = picture.reshape(height, width, channels)
    return decoded


def require_numpy() -> Any:
    """Imports numpy. Raises ImportError with advice if it is not installed."""
    try:
        import numpy
    except ImportError:
        raise ImportError("Pictures are numpy arrays, and numpy is not installed: pip install numpy.") from None
    return numpy
