"""Frames made with numpy, seen and steered in the browser. Dragging moves the rings.

    python3 examples/numpy_producer.py | scenecast serve --names -
"""
import signal
import sys
import time

import numpy as np
from segments import LEFT_PRESS, LEFT_RELEASE, MOUSE_MOVE, Segments

WIDTH, HEIGHT, FPS = 640, 360, 30


def rings(centre, seconds):
    """Rings around a point, which is given in fractions of the frame from its top left."""
    y, x = np.mgrid[HEIGHT:0:-1, 0:WIDTH]  # the first row is the lowest
    distance = np.hypot(x - centre[0] * WIDTH, y - centre[1] * HEIGHT)
    wave = (127 + 127 * np.sin(distance / 12 - 4 * seconds)).astype(np.uint8)
    return np.stack([wave, 255 - wave, np.full_like(wave, 120)], axis=2)


signal.signal(signal.SIGTERM, lambda *_: sys.exit())
segments = Segments(WIDTH, HEIGHT)
try:
    print(segments.names(), flush=True)
    centre, dragging, start = (0.5, 0.5), False, time.monotonic()
    while True:
        for kind, _, x, y, *_ in segments.events():
            dragging = kind == LEFT_PRESS or (dragging and kind != LEFT_RELEASE)
            if dragging and kind in (LEFT_PRESS, MOUSE_MOVE):
                centre = (x, y)
        segments.write(rings(centre, time.monotonic() - start))
        time.sleep(1 / FPS)
except KeyboardInterrupt:
    pass
finally:
    segments.close()
