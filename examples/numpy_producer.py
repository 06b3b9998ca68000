"""Frames made with numpy, seen and steered in the browser. Dragging moves the rings.

    pip install scenecast-*.whl
    python3 examples/numpy_producer.py
"""
import time

import numpy as np

import scenecast

WIDTH, HEIGHT, FPS = 640, 360, 30


def rings(centre, seconds):
    """(HEIGHT, WIDTH, 3) uint8: rings around a point in px."""
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    wave = (127 + 127 * np.sin(np.hypot(x - centre[0], y - centre[1]) / 12 - 4 * seconds)).astype(np.uint8)
    return np.stack([wave, 255 - wave, np.full_like(wave, 120)], axis=2)


with scenecast.Stream((WIDTH, HEIGHT)) as stream:
    print(stream.url, flush=True)
    centre, start = (WIDTH / 2, HEIGHT / 2), time.monotonic()
    try:
        while True:
            stream.write(rings(centre, time.monotonic() - start))
            for event in stream.events(timeout=1 / FPS):
                if event["event_type"] in ("pointer_down", "pointer_move") and 1 in event["buttons"]:
                    centre = event["x"], event["y"]
    except KeyboardInterrupt:
        pass
