"""Input events of the viewers, in the vocabulary that rendercanvas and jupyter_rfb share.

An event is a dict with an ``event_type`` and further keys:

==================================  ====================================================================================
``pointer_down``, ``pointer_up``    ``x``, ``y``: logical pixels from the top left corner of the frame, y down.
``pointer_move``, ``double_click``  ``fraction``: the same as fractions of the frame's width and height, whatever its size.
                                    ``button``: 0 none, 1 left, 2 right, 3 middle. ``buttons``: tuple of those that are
                                    down. ``modifiers``: tuple of "Shift", "Control", "Alt", "Meta"
``wheel``                           ``dx``, ``dy``: px, positive right and down (a notch is about 100); ``x``, ``y``,
                                    ``fraction``, ``buttons``, ``modifiers``
``key_down``, ``key_up``            ``key``: as KeyboardEvent.key of browsers, "a", "A", "Enter", "ArrowLeft";
                                    ``modifiers``
``resize``                          ``width``, ``height``: logical pixels of the viewer's window; ``pixel_ratio``:
                                    device pixels in a logical pixel. A frame of round(width * pixel_ratio) by
                                    round(height * pixel_ratio) px fills the window
==================================  ====================================================================================

All have ``time_stamp``: seconds, by the clock of the viewer's browser.
Keys with "Control", "Alt" or "Meta" are left to the browser by the page; other clients of the server may send them.
"""

from __future__ import annotations

import math
from typing import Any, Dict, Optional, Set, Tuple

Event = Dict[str, Any]
Row = Tuple[float, ...]

WHEEL, MOVE, LEFT_PRESS, RIGHT_RELEASE, RESIZE, KEY_DOWN, KEY_UP, DOUBLE_CLICK = 1, 2, 3, 8, 9, 10, 11, 12

#: Buttons of the press and release ids from LEFT_PRESS on, and of a double click's value: left, middle, right.
BUTTONS = (1, 3, 2)

#: Keys without a character, in the order of src/memory/key-codes.ts, which numbers them from FIRST_NAMED_KEY on.
NAMED_KEYS = (
    ("Enter", "Tab", "Backspace", "Delete", "Insert", "Escape", "ArrowLeft", "ArrowUp", "ArrowRight", "ArrowDown")
    + ("Home", "End", "PageUp", "PageDown", "Shift", "Control", "Alt", "AltGraph", "Meta", "CapsLock", "ContextMenu")
    + tuple(f"F{number}" for number in range(1, 13))
)
FIRST_NAMED_KEY = 0x110000


class EventDecoder:
    """Makes events of rows. Keeps what a row does not have: the buttons that are down, and where the pointer is."""

    def __init__(self) -> None:
        self._position = (0.0, 0.0)
        self._fraction = (0.0, 0.0)
        self._down: Set[int] = set()
        #: The last resize: logical width and height, device pixels in a logical pixel.
        self._window: Optional[Tuple[float, float, float]] = None

    def decode(self, row: Row, frame: Tuple[int, int]) -> Optional[Event]:
        """The event of a row (struct scenecast_event); None for one that no server writes.

        ``frame``: width and height in px of the newest frame. If that is the size of the viewer's window in device pixels,
        positions are in the window's logical pixels, else in pixels of the frame.
        """
        if not all(map(math.isfinite, row)):
            return None
        kind, value, x, y, ctrl, shift, timestamp, flags = row
        names = (("Shift", shift), ("Control", ctrl), ("Alt", int(flags) & 1), ("Meta", int(flags) & 2))
        stamped: Event = {"modifiers": tuple(name for name, held in names if held), "time_stamp": timestamp / 1000}
        if kind == RESIZE:
            self._window = (x, y, value)
            return {"event_type": "resize", "width": x, "height": y, "pixel_ratio": value, "time_stamp": timestamp / 1000}
        if kind in (KEY_DOWN, KEY_UP):
            key = key_name(value)
            event_type = "key_down" if kind == KEY_DOWN else "key_up"
            return None if key is None else {"event_type": event_type, "key": key, **stamped}
        if kind == WHEEL:
            return {"event_type": "wheel", "dx": x, "dy": value, **self._pointer(stamped)}
        if not (kind in (MOVE, DOUBLE_CLICK) or LEFT_PRESS <= kind <= RIGHT_RELEASE):
            return None
        width, height = self._logical_size(frame)
        self._position = (x * width, y * height)
        self._fraction = (x, y)
        if kind == MOVE:
            return {"event_type": "pointer_move", "button": 0, **self._pointer(stamped)}
        if kind == DOUBLE_CLICK:
            return {"event_type": "double_click", "button": BUTTONS[int(value) % 3], **self._pointer(stamped)}
        index, is_release = divmod(int(kind) - LEFT_PRESS, 2)
        button = BUTTONS[index]
        (self._down.discard if is_release else self._down.add)(button)
        return {"event_type": "pointer_up" if is_release else "pointer_down", "button": button, **self._pointer(stamped)}

    def _pointer(self, stamped: Event) -> Event:
        x, y = self._position
        return {"x": x, "y": y, "fraction": self._fraction, "buttons": tuple(sorted(self._down)), **stamped}

    def _logical_size(self, frame: Tuple[int, int]) -> Tuple[float, float]:
        if self._window is not None:
            width, height, ratio = self._window
            if abs(width * ratio - frame[0]) <= 1 and abs(height * ratio - frame[1]) <= 1:
                return width, height
        return frame


def key_name(code: float) -> Optional[str]:
    """``KeyboardEvent.key`` of a key code; None for a number that is none."""
    if code != int(code) or code < 0:
        return None
    if code < FIRST_NAMED_KEY:
        return chr(int(code))
    index = int(code) - FIRST_NAMED_KEY
    return NAMED_KEYS[index] if index < len(NAMED_KEYS) else None
