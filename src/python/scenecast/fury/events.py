"""Event rows of ``fury.stream``, from the messages of FURY's page."""

from __future__ import annotations

from typing import Any, Mapping, NamedTuple, Tuple


class EventIds(NamedTuple):
    """The event ids, with FURY's spelling."""

    mouse_weel: int = 1
    mouse_move: int = 2
    mouse_ids: Tuple[int, ...] = (3, 4, 5, 6, 7, 8)
    left_btn_press: int = 3
    left_btn_release: int = 4
    middle_btn_press: int = 5
    middle_btn_release: int = 6
    right_btn_press: int = 7
    right_btn_release: int = 8


class IndexInfo(NamedTuple):
    """Indices in a row."""

    weel: int = 1
    x: int = 2
    y: int = 3
    ctrl: int = 4
    shift: int = 5
    user_timestamp: int = 6


class CircularQueueConstants(NamedTuple):
    """FURY's ``_CQUEUE``."""

    dimension: int = 8
    event_ids: EventIds = EventIds()
    index_info: IndexInfo = IndexInfo()


CQUEUE = CircularQueueConstants()


def set_weel(data: Mapping[str, Any], circular_queue: Any) -> bool:
    """Enqueues a turn of the wheel: ``deltaY`` in px, down positive, and ``timestampInMs``. Returns False if the queue is full."""
    row = [CQUEUE.event_ids.mouse_weel, float(data["deltaY"]), 0, 0, 0, 0, float(data["timestampInMs"]), 0]
    return bool(circular_queue.enqueue(row))


def set_mouse(data: Mapping[str, Any], circular_queue: Any) -> bool:
    """Enqueues a move: ``x``, ``y`` as fractions of the picture, ``ctrlKey``, ``shiftKey``, ``timestampInMs``.

    Returns False if the queue is full. Raises ValueError for keys other than 0 and 1.
    """
    return _enqueue(CQUEUE.event_ids.mouse_move, data, circular_queue)


def set_mouse_click(data: Mapping[str, Any], circular_queue: Any) -> bool:
    """Enqueues a press (``on`` 1) or release (0) of ``mouseButton``, 0 left, 1 middle, 2 right; the rest as :func:`set_mouse`.

    Raises ValueError for other buttons.
    """
    button = int(data["mouseButton"])
    if button not in (0, 1, 2):
        raise ValueError(f"mouseButton must be 0 (left), 1 (middle) or 2 (right); it is {button}.")
    kind = CQUEUE.event_ids.left_btn_press + 2 * button + (0 if int(data["on"]) else 1)
    return _enqueue(kind, data, circular_queue)


def _enqueue(kind: int, data: Mapping[str, Any], circular_queue: Any) -> bool:
    control, shift = int(data["ctrlKey"]), int(data["shiftKey"])
    if control not in (0, 1) or shift not in (0, 1):
        raise ValueError(f"ctrlKey and shiftKey must be 0 or 1; they are {control} and {shift}.")
    row = [kind, 0, float(data["x"]), float(data["y"]), control, shift, float(data["timestampInMs"]), 0]
    return bool(circular_queue.enqueue(row))
