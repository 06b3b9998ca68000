"""``Widget``: a ShowManager in a notebook, or at an address."""

from __future__ import annotations

import random
import shlex
import socket
import weakref
from typing import Any, Dict, Optional

from ..executable import Executable
from ..frame import frame_html
from .streaming import FuryStreamClient, FuryStreamInteraction

#: The ports of which one is taken at random, as in FURY.
FIRST_PORT, LAST_PORT = 7000, 8887

#: How many other ports are tried if one is taken.
PORT_TRIES = 50


def check_port_is_available(host: str, port: int) -> bool:
    """Whether a TCP server can listen on the port."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as test:
        # As servers do: a connection of the server before, which is in TIME_WAIT, does not block the port.
        test.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            test.bind((host, port))
        except OSError:
            return False
    return True


class Widget:
    """Streams a ShowManager: ``display()`` shows it in a notebook, ``start()`` prints its address.

    Args:
        showm: as for :class:`FuryStreamClient`. Its window renders off screen from here on.
        ms_stream: interval of reading the window, ms.
        ms_interaction: interval of applying events, ms.
        host: address on which the page is served. On any other than "localhost" a token is needed, which is part of :attr:`url`.
        port: of the page; None: one from 7000 to 8887. If it is taken, another one is used.
        encoding: "mjpeg", "webrtc", or any that the page knows (docs/http-api.md).
        ms_jpeg: least time between two frames of MJPEG, ms.
        queue_size: how many events wait at most; the server keeps further ones.

    The page ends with :meth:`stop`, with the widget, and with the program.
    """

    def __init__(
        self,
        showm: Any,
        ms_stream: float = 33,
        ms_interaction: float = 33,
        host: str = "localhost",
        port: Optional[int] = None,
        encoding: str = "mjpeg",
        ms_jpeg: float = 33,
        queue_size: int = 20,
    ) -> None:
        self.showm = showm
        self.window_size = showm.size
        self.max_window_size = (int(showm.size[0] * 1.1), int(showm.size[1] * 1.1))
        self.ms_stream = ms_stream
        self.ms_interaction = ms_interaction
        self.ms_jpeg = ms_jpeg
        self.encoding = encoding
        self.queue_size = queue_size
        self.stream: Optional[FuryStreamClient] = None
        self.stream_interaction: Optional[FuryStreamInteraction] = None
        self.pserver: Optional[Executable] = None
        self._host = host
        self._port = random.randint(FIRST_PORT, LAST_PORT) if port is None else port
        showm.window.SetOffScreenRendering(1)
        showm.iren.EnableRenderOff()
        # The timers of the client refer to it, and not to the widget.
        self._parts: Dict[str, Any] = {}
        self._finalizer = weakref.finalize(self, _stop_all, self._parts)

    @property
    def url(self) -> str:
        """Address of the page, for a frame; before the start that which it will have, without a token."""
        base = f"http://{self._host}:{self._port}/" if self.pserver is None else self.pserver.url
        return f"{base}{'&' if '?' in base else '?'}iframe=1&encoding={self.encoding}"

    @property
    def command_string(self) -> str:
        """The shell command that serves the widget's memory. Only after a start: it contains the names of the segments."""
        options = self._options()
        return shlex.join(["scenecast", "serve", *(f"--{name.replace('_', '-')}={value}" for name, value in options.items())])

    def _options(self) -> Dict[str, Any]:
        if self.stream is None or self.stream_interaction is None:
            raise RuntimeError("The widget was not started: call start() or display().")
        images, queue = self.stream.img_manager, self.stream_interaction.circular_queue
        return {
            "image_buffers": ",".join(images.image_buffer_names),
            "info_buffer": images.info_buffer_name,
            "queue_buffer": queue.buffer.buffer_name,
            "queue_head_tail": queue.head_tail_buffer_name,
            "ms_jpeg": self.ms_jpeg,
            "host": self._host,
            "port": self._port,
        }

    def run_command(self) -> bool:
        """Starts the server, again if it runs. Returns False if no port is free."""
        self._stop_server()
        for _ in range(PORT_TRIES):
            if check_port_is_available(self._host, self._port):
                break
            self._port = random.randint(FIRST_PORT, LAST_PORT)
        else:
            return False
        self.pserver = self._parts["server"] = Executable("serve", **self._options())
        return True

    def start(self, use_asyncio: bool = False) -> Optional[bool]:
        """Starts the stream and prints the address. Returns False if no port is free.

        ``use_asyncio``: timers of the event loop that runs, instead of threads.
        """
        self._start_stream(use_asyncio)
        if not self.run_command():
            self.stop()
            return False
        print(f"url: {self.url}")
        return None

    def display(self, height: int = 150) -> Optional[bool]:
        """Starts the stream and shows the page in a frame of this height, px. Returns False if no port is free."""
        self._start_stream()
        if not self.run_command():
            self.stop()
            return False
        self.return_iframe(height)
        return None

    def return_iframe(self, height: int = 200) -> None:
        """Shows the page in a frame of this height, px, below the cell of a notebook. Does nothing elsewhere."""
        try:
            from IPython.display import HTML, display
        except ImportError:
            return
        if self.pserver is None:
            raise RuntimeError("The widget was not started: call start() or display().")
        display(HTML(frame_html(self.pserver, height, query=f"iframe=1&encoding={self.encoding}")))

    def stop(self) -> None:
        """Ends the page and releases the memory. May be called twice, and the widget started again."""
        _stop_all(self._parts)
        self.pserver = self.stream = self.stream_interaction = None

    def cleanup(self) -> None:
        """Releases the memory, and ends what uses it."""
        self.stop()

    def _start_stream(self, use_asyncio: bool = False) -> None:
        self.stop()
        self.stream = self._parts["stream"] = FuryStreamClient(
            self.showm, max_window_size=self.max_window_size, use_raw_array=False, whithout_iren_start=True
        )
        self.stream_interaction = self._parts["interaction"] = FuryStreamInteraction(
            self.showm, max_queue_size=self.queue_size, use_raw_array=False, whithout_iren_start=True
        )
        self.stream_interaction.start(ms=self.ms_interaction, use_asyncio=use_asyncio)
        self.stream.start(ms=self.ms_stream, use_asyncio=use_asyncio)

    def _stop_server(self) -> None:
        if self.pserver is not None:
            self.pserver.close()
            self.pserver = None


def _stop_all(parts: Dict[str, Any]) -> None:
    for name, method in (("interaction", "cleanup"), ("stream", "cleanup"), ("server", "close")):
        part = parts.pop(name, None)
        if part is not None:
            getattr(part, method)()
