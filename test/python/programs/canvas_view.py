"""Serves an object with the interface of rendercanvas.offscreen.OffscreenRenderCanvas by scenecast.rendercanvas.

Prints the address, then what reaches the canvas's handlers and each draw. The end of the input ends it. Commands: {"do": "request"}.
"""
import json
import sys
import threading

import numpy as np

import scenecast.rendercanvas


def say(value):
    print(json.dumps(value), flush=True)


class Canvas:
    """As in rendercanvas 2.7: without a scheduler, submitted events wait, and request_draw() only sets the draw function."""

    def __init__(self):
        self._logical, self._ratio, self._pending, self._draw = (80.0, 60.0), 1.0, [], None

    def get_logical_size(self):
        return self._logical

    def get_physical_size(self):
        return tuple(round(side * self._ratio) for side in self._logical)

    def set_logical_size(self, width, height):
        self._logical = (float(width), float(height))
        self._pending.append({"event_type": "resize", "width": width, "height": height, "pixel_ratio": self._ratio})

    def set_pixel_ratio(self, ratio):
        self._ratio = ratio

    def submit_event(self, event):
        self._pending.append(event)

    def _process_events(self):
        while self._pending:
            say(self._pending.pop(0))

    def request_draw(self, draw_function=None):
        self._draw = draw_function or self._draw

    def draw(self):
        return None if self._draw is None else self._draw()


class ShowManager:
    """As FURY 2's: its canvas is ``window``."""

    window = Canvas()


canvas = ShowManager.window
left = [0]


def animate():
    width, height = canvas.get_physical_size()
    say(["draw", width, height])
    if left[0] > 0:
        # As an animation does, in its own draw function.
        left[0] -= 1
        canvas.request_draw()
    return memoryview(np.full((height, width, 4), (10, 20, 30, 255), np.uint8))


view = scenecast.rendercanvas.show(ShowManager(), block=False)
canvas.request_draw(animate)


def request():
    left[0] = 2
    canvas.request_draw()


def read_commands():
    for _ in sys.stdin:
        view.call_later(0, request)
    view.close()


say(view.url)
threading.Thread(target=read_commands).start()
view.run()
assert canvas.request_draw.__func__ is Canvas.request_draw
try:
    scenecast.rendercanvas.show(object())
except TypeError as error:
    say(str(error))
