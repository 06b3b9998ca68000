"""What the programs of these tests share: the picture that a page shows, and frames that differ everywhere."""
import io
import time
import urllib.request

import numpy as np
from PIL import Image


def snapshot(stream):
    """The pixels of /snapshot.png: (h, w, 3 or 4) uint8."""
    with urllib.request.urlopen(stream.url + "snapshot.png", timeout=30) as response:
        return np.asarray(Image.open(io.BytesIO(response.read())))


def until_snapshot(stream, frame):
    """Waits until the server, which attaches to new segments when it has read their names, shows the frame."""
    deadline = time.monotonic() + 30
    while not np.array_equal(picture := snapshot(stream), frame):
        assert time.monotonic() < deadline, f"the page shows a frame of {picture.shape}, not that of {frame.shape}"


def noise(*shape, seed=0):
    return np.random.default_rng(seed).integers(0, 256, shape, np.uint8)
