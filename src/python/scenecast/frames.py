"""Frames in shared memory: image segments and the info segment, in the layout of native/scenecast_memory.h."""

from __future__ import annotations

import contextlib
import importlib
import operator
import os
import struct
import sys
import time
from typing import Any, Dict, Iterator, List, Tuple

from . import layout
from .futex import Futex
from .segment import Segment

BUFFERS = 2

#: Size up to which viewers may ask for frames that fill their window, px, if there is room for it.
LARGEST_VIEW = (3840, 2160)

#: Largest side of a frame, px: that of a JPEG.
MAX_SIDE = 65500

#: Words of the info segment.
_CURRENT_BUFFER, _SIZES, _RENDERS, _SLOTS = (
    offset // 4 for offset in (layout.CURRENT_BUFFER, layout.SIZES, layout.RENDERS, layout.SLOTS)
)
#: Words of a slot.
_SLOT = layout.SLOT_BYTES // 4
_SLOT_FIELDS = struct.Struct(layout.SLOT_FIELDS)
_NAN = float("nan")

#: A frame as checked: width and height in px, bytes per pixel, whether the first row is the highest, and a numpy array or memoryview of
#: the rows in the order in which they are in memory.
Pixels = Tuple[int, int, int, bool, Any]


class FrameMemory:
    """Segments for frames of one pixel format.

    Args:
        pixels: number of pixels of the largest frame. Memory is committed as frames need it, so spare pixels cost nothing.
        components: 3 for RGB, 4 for RGBA.
        buffers: number of image segments.
    """

    def __init__(self, pixels: int, components: int, buffers: int = BUFFERS) -> None:
        self.components = components
        self._buffers = buffers
        self.capacity = pixels * components
        self._written = 0
        self._next = 0
        self.info = Segment(_whole_pages(layout.SLOTS + layout.SLOT_BYTES * buffers))
        self._segments = [self.info]
        self._words = memoryview(self.info.map).cast("I")
        self._futexes: List[Futex] = []
        try:
            self.info.reserve(self.info.size)
            self.images = [self._create(self.capacity) for _ in range(buffers)]
            self._describe(pixels)
            self._futexes = [Futex(self.info.map, offset) for offset in (layout.FRAME_WORD, layout.RENDERER_WORD)]
            self._frame_word, self.renderer_word = self._futexes
        except BaseException:
            self.close()
            raise

    def _create(self, size: int) -> Segment:
        segment = Segment(size)
        self._segments.append(segment)
        return segment

    def _describe(self, pixels: int) -> None:
        info = self.info.map
        struct.pack_into("<II", info, 0, 2 + 2 * self._buffers, 1)
        largest = LARGEST_VIEW if pixels >= LARGEST_VIEW[0] * LARGEST_VIEW[1] else (pixels, 1)
        values = (layout.VERSION, self._buffers, layout.PIXEL_FORMATS[self.components], *largest, os.getpid())
        struct.pack_into("<6I", info, layout.EXTENSION + 8, *values)
        # Last: from here on readers take the segment for one with the extension.
        info[layout.EXTENSION : layout.EXTENSION + 8] = layout.MAGIC

    def names(self) -> Dict[str, Any]:
        """The names of the segments, by the keys of ``scenecast serve --names``."""
        return {"image_buffer_names": [image.name for image in self.images], "info_buffer_name": self.info.name}

    def accept_events(self, capabilities: int) -> None:
        """Declares which events beyond FURY's eight this program handles."""
        self._words[layout.EVENT_CAPABILITIES // 4] = capabilities

    @property
    def has_server(self) -> bool:
        return bool(self._words[layout.SERVER_SIGNALS // 4])

    @property
    def viewers(self) -> int:
        return self._words[layout.VIEWERS // 4]

    @contextlib.contextmanager
    def frame(self, width: int, height: int) -> Iterator[Segment]:
        """The segment for the next frame, to be filled in a ``with`` block, whose end publishes the frame.

        Rows are bottom-up. If the block raises, nothing is published.
        """
        yield self.begin(width, height)
        self.end(width, height)

    def begin(self, width: int, height: int) -> Segment:
        """The segment for the next frame; :meth:`end` publishes what is in it.

        The order of the stores in both is that of "Writing a frame" in native/scenecast_memory.h. x86 keeps stores in order,
        so no barrier is needed.
        """
        self._next = (self._words[_CURRENT_BUFFER] + 1) % self._buffers
        image = self.images[self._next]
        image.reserve(width * height * self.components)
        self._words[_SLOTS + _SLOT * self._next] |= 1
        return image

    def end(self, width: int, height: int, top_down: bool = False) -> None:
        """Publishes a frame. ``top_down``: whether its first row is the highest, which plain FURY readers do not know."""
        words, index = self._words, self._next
        size, slot = _SIZES + 2 * index, _SLOTS + _SLOT * index
        words[size] = width
        words[size + 1] = height
        words[_CURRENT_BUFFER] = index
        self._written += 1
        flags = layout.TOP_DOWN if top_down else 0
        _SLOT_FIELDS.pack_into(self.info.map, 4 * slot + 4, flags, self._written, time.time() * 1000, _NAN, _NAN, 0, 0)
        words[_RENDERS] = self._written & 0xFFFFFFFF
        words[slot] = (words[slot] + 1) & 0xFFFFFFFF or 2
        self._frame_word.wake()

    def close(self) -> None:
        """Removes the segments. May be called twice."""
        self._words.release()
        for word in self._futexes:
            word.close()
        for segment in self._segments:
            segment.close()


def _whole_pages(size: int) -> int:
    return -(-size // layout.PAGE) * layout.PAGE


def copy_frame(image: Segment, frame: Pixels, library: str) -> None:
    """Copies the rows of a frame into a segment. ``library``: path of the executable's native library."""
    width, height, components, _, pixels = frame
    size = width * height * components
    if isinstance(pixels, memoryview):
        flat = pixels.cast("B") if pixels.c_contiguous else memoryview(pixels.tobytes())
        with memoryview(image.map) as target:
            target[:size] = flat
        return
    numpy = sys.modules["numpy"]
    # Without the GIL. The rows stay in their order: reversing them would take 1.3 to 1.9 times as long.
    target = numpy.frombuffer(image.map, numpy.uint8, size).reshape(height, width, components)
    # numpy copies rows of adjacent bytes as fast as memcpy, and others byte by byte, 35 to 90 times slower.
    if pixels.strides[1:] == (components, 1) or not _pack(target, pixels, library):
        numpy.copyto(target, pixels)


#: sc_frame_pack of the native libraries by their path; None for one that cannot be loaded.
_packers: Dict[str, Any] = {}


def _pack(target: Any, pixels: Any, library: str) -> bool:
    """Copies an array of any strides into a packed one, without the GIL. Returns whether it did."""
    if library not in _packers:
        import ctypes

        try:
            pack = ctypes.CDLL(library).sc_frame_pack if library else None
        except (OSError, AttributeError):
            pack = None
        if pack is not None:
            pack.argtypes = [ctypes.c_void_p, ctypes.c_uint64, ctypes.c_void_p] + [ctypes.c_int64] * 6
        _packers[library] = pack
    pack = _packers[library]
    # numpy alone copies within one block of memory, as of a frame that is in the segment already.
    if pack is None or sys.modules["numpy"].may_share_memory(target, pixels):
        return False
    arguments = (target.ctypes.data, target.nbytes, pixels.ctypes.data, *pixels.shape, *pixels.strides)
    return bool(pack(*arguments) == 0)


def room_for(width: int, height: int) -> int:
    """Pixels of the segments for frames of this size: twice as many, so that a window that grows is followed in few steps."""
    return max(2 * width * height, LARGEST_VIEW[0] * LARGEST_VIEW[1])


def check_size(size: Any) -> Tuple[int, int]:
    """Checks the size of a caller. Raises ValueError with a sentence."""
    try:
        width, height = (operator.index(side) for side in size)
    except (TypeError, ValueError):
        width = height = 0
    if not (0 < width <= MAX_SIDE and 0 < height <= MAX_SIDE):
        raise ValueError(f"The size must be (width, height), whole numbers of 1 to {MAX_SIDE} px; it is {size!r}.")
    return width, height


def check_frame(frame: Any) -> Pixels:
    """Checks the frame of a caller. Raises TypeError or ValueError with a sentence."""
    pixels = _pixels_of(frame)
    kind = pixels.format if isinstance(pixels, memoryview) else pixels.dtype.str
    if kind not in ("B", "|u1"):
        kind = str(getattr(pixels, "dtype", kind))
        hint = " Multiply values from 0 to 1 by 255 and call .astype('uint8')." if "float" in kind else ""
        raise TypeError(f"A frame must be of type uint8, one byte for each of red, green and blue; this one is {kind}.{hint}")
    shape = tuple(pixels.shape)
    if len(shape) != 3 or shape[2] not in (3, 4) or not (0 < shape[0] <= MAX_SIDE and 0 < shape[1] <= MAX_SIDE):
        raise ValueError(
            f"A frame must have the shape (height, width, 3) for RGB or (height, width, 4) for RGBA, with sides of 1 to "
            f"{MAX_SIDE} px; this one has {shape}."
        )
    height, width, components = shape
    top_down = pixels.strides[0] >= 0
    return width, height, components, top_down, pixels if top_down else pixels[::-1]


def _pixels_of(frame: Any) -> Any:
    """The frame as a numpy array if numpy is there already or is needed, else as a memoryview: importing numpy takes 100 ms."""
    numpy: Any = sys.modules.get("numpy")
    if numpy is None:
        try:
            return memoryview(frame)
        except TypeError:
            pass
        try:
            numpy = importlib.import_module("numpy")
        except ImportError:
            name = type(frame).__name__
            raise TypeError(f"A frame must be a buffer of shape (height, width, 3 or 4); this is a {name}.") from None
    return numpy.asarray(frame)
