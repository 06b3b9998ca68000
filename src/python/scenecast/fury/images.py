"""The image buffers of ``fury.stream``: the newest frame of a program, in RawArrays or in shared memory."""

from __future__ import annotations

import asyncio
import contextlib
import io
import weakref
from typing import Any, Iterator, List, Optional, Sequence, Tuple

from ..frames import FrameMemory
from .memory import AttachedSegment, MemoryResource


class GenericImageBufferManager(MemoryResource):
    """``num_buffers`` images of up to ``max_window_size`` (width, height) px: RGB, uint8, rows bottom-up, tightly packed.

    ``info_buffer_repr`` has the index of the newest image at 1, and the width and height of image i at 2 + 2i and 3 + 2i.
    """

    def __init__(
        self, max_window_size: Optional[Tuple[int, int]] = None, num_buffers: int = 2, use_shared_mem: bool = False
    ) -> None:
        if max_window_size is None or num_buffers < 1:
            raise ValueError("max_window_size (width, height) and at least one buffer are needed.")
        self.max_window_size = (int(max_window_size[0]), int(max_window_size[1]))
        self.num_buffers = num_buffers
        self.info_buffer_size = num_buffers * 2 + 2
        self.num_components = 3
        self.max_size = self.max_window_size[0] * self.max_window_size[1] * self.num_components
        self.image_reprs: List[Any] = []
        self.image_buffers: List[Any] = []
        self.image_buffer_names: List[str] = []
        self.info_buffer_name: Optional[str] = None
        self.info_buffer: Any = None
        self.info_buffer_repr: Any = None
        self.width = self.height = 0
        self._use_shared_mem = use_shared_mem
        self._created = False

    @property
    def buffer_index(self) -> int:
        """Index of the newest image."""
        return int(self.info_buffer_repr[1])

    @property
    def next_buffer_index(self) -> int:
        """Index of the image that is written next."""
        return (self.buffer_index + 1) % self.num_buffers

    @contextlib.contextmanager
    def next_image(self, w: int, h: int) -> Iterator[Any]:
        """The next image, (w * h * 3,) uint8, to be filled in a ``with`` block, whose end makes it the newest.

        It must not be larger than the buffers.
        """
        index = self.next_buffer_index
        yield self.image_reprs[index][: w * h * 3]
        self.info_buffer_repr[2 + 2 * index] = w
        self.info_buffer_repr[3 + 2 * index] = h
        self.info_buffer_repr[1] = index

    def write_into(self, w: int, h: int, np_arr: Any) -> None:
        """Makes an image the newest: ``w * h * 3`` values, rows bottom-up.

        In place of one that is larger than the buffers, writes a picture that says so, as FURY does.
        """
        import numpy

        if w * h * 3 > self.max_size:
            w, h = self.max_window_size
            np_arr = self._oversize_notice()
        with self.next_image(int(w), int(h)) as image:
            image[:] = numpy.asarray(np_arr, "uint8").reshape(-1)

    def _oversize_notice(self) -> Any:
        import numpy

        width, height = self.max_window_size
        try:
            from PIL import Image, ImageDraw
        except ImportError:
            # Dark yellow: there is nothing that could write text.
            return numpy.resize(numpy.array([96, 96, 0], "uint8"), width * height * 3)
        notice = Image.new("RGB", (width, height))
        sentence = f"The window exceeds {width} x {height} px,\nthe max_window_size of its stream."
        ImageDraw.Draw(notice).text((12, height // 2), sentence, fill=(255, 255, 0))
        return numpy.asarray(notice)[::-1]

    def get_current_frame(self) -> Tuple[int, int, Any]:
        """Width, height and buffer, (max_size,) uint8, of the newest image. Both sizes are 0 before the first."""
        index = self.buffer_index % self.num_buffers
        self.width = int(self.info_buffer_repr[2 + 2 * index])
        self.height = int(self.info_buffer_repr[3 + 2 * index])
        return self.width, self.height, self.image_reprs[index]

    def get_jpeg(self) -> bytes:
        """The newest image as JPEG. Needs PIL."""
        from PIL import Image

        width, height, buffer = self.get_current_frame()
        pixels = buffer[: width * height * 3].reshape(height, width, 3)[::-1]
        file = io.BytesIO()
        Image.fromarray(pixels, "RGB").save(file, "jpeg")
        return file.getvalue()

    async def async_get_jpeg(self, ms: float = 33) -> bytes:
        """:meth:`get_jpeg`, and then a pause of ``ms``."""
        jpeg = self.get_jpeg()
        await asyncio.sleep(ms / 1000)
        return jpeg


class RawArrayImageBufferManager(GenericImageBufferManager):
    """Images in RawArrays: new ones, or ``image_buffers`` and ``info_buffer`` of another manager."""

    def __init__(
        self,
        max_window_size: Tuple[int, int] = (100, 100),
        num_buffers: int = 2,
        image_buffers: Optional[Sequence[Any]] = None,
        info_buffer: Any = None,
    ) -> None:
        super().__init__(max_window_size, len(image_buffers) if image_buffers else num_buffers)
        if image_buffers is None or info_buffer is None:
            self.create_mem_resource()
        else:
            self.image_buffers, self.info_buffer = list(image_buffers), info_buffer
            self.load_mem_resource()

    def create_mem_resource(self) -> None:
        import multiprocessing

        self.image_buffers = [multiprocessing.RawArray("B", self.max_size) for _ in range(self.num_buffers)]
        self.info_buffer = multiprocessing.RawArray("I", [3, 0] + [0, 0] * self.num_buffers)
        self._created = True
        self.load_mem_resource()

    def load_mem_resource(self) -> None:
        import numpy

        self.info_buffer_repr = numpy.frombuffer(self.info_buffer, "I")
        self.image_reprs = [numpy.frombuffer(buffer, "B") for buffer in self.image_buffers]
        self.max_size = min(map(len, self.image_reprs))

    def cleanup(self) -> None:
        pass


class SharedMemImageBufferManager(GenericImageBufferManager):
    """Images in shared memory: new segments, or those named ``image_buffer_names`` and ``info_buffer_name``.

    New segments have scenecast's extension (docs/shared-memory.md) behind FURY's words: no frame is torn, and the server
    sleeps until there is one. FURY's own readers see plain FURY. They are removed by :meth:`cleanup` or at the end of the
    program.
    """

    def __init__(
        self,
        max_window_size: Tuple[int, int] = (100, 100),
        num_buffers: int = 2,
        image_buffer_names: Optional[Sequence[str]] = None,
        info_buffer_name: Optional[str] = None,
    ) -> None:
        super().__init__(max_window_size, len(image_buffer_names) if image_buffer_names else num_buffers, True)
        self._memory: Optional[FrameMemory] = None
        if image_buffer_names is None or info_buffer_name is None:
            self.create_mem_resource()
        else:
            self.image_buffer_names, self.info_buffer_name = list(image_buffer_names), info_buffer_name
            self.load_mem_resource()

    def create_mem_resource(self) -> None:
        self._memory = FrameMemory(self.max_size // 3, self.num_components, self.num_buffers)
        self.image_buffers, self.info_buffer = self._memory.images, self._memory.info
        self.image_buffer_names = [image.name for image in self.image_buffers]
        self.info_buffer_name = self.info_buffer.name
        self._created = True
        self._view()
        self._finalizer = weakref.finalize(self, self._memory.close)

    def load_mem_resource(self) -> None:
        self.info_buffer = AttachedSegment(str(self.info_buffer_name))
        try:
            for name in self.image_buffer_names:
                self.image_buffers.append(AttachedSegment(name))
        except BaseException:
            self.cleanup()
            raise
        self.max_size = min(image.size for image in self.image_buffers)
        self._view()

    def _view(self) -> None:
        import numpy

        needed = 8 + 4 * self.info_buffer_size
        if self.info_buffer.size < needed:
            size = self.info_buffer.size
            self.cleanup()
            raise ValueError(
                f"The segment {self.info_buffer_name!r} has {size} bytes; the info of {self.num_buffers} images has {needed}."
            )
        self.info_buffer_repr = numpy.frombuffer(self.info_buffer.map, "I", self.info_buffer_size, 8)
        self.image_reprs = [numpy.frombuffer(image.map, "B", image.size) for image in self.image_buffers]

    @contextlib.contextmanager
    def next_image(self, w: int, h: int) -> Iterator[Any]:
        if self._memory is None:
            with super().next_image(w, h) as image:
                yield image
            return
        index = self.next_buffer_index
        with self._memory.frame(w, h):
            yield self.image_reprs[index][: w * h * 3]

    def cleanup(self) -> None:
        self.info_buffer_repr, self.image_reprs = None, []
        if self._memory is not None:
            self._finalizer()
            return
        for segment in (self.info_buffer, *self.image_buffers):
            segment.close()
