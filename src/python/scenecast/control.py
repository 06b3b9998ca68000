"""One control of a panel: its description, its value, its callback, and the handle that a program has."""

from __future__ import annotations

import logging
import math
import operator
import re
import sys
from typing import TYPE_CHECKING, Any, Awaitable, Callable, Dict, Generic, List, Optional, TypeVar

if TYPE_CHECKING:
    import asyncio

    from .panel import Panel

log = logging.getLogger("scenecast")

Value = TypeVar("Value")
Callback = Callable[..., object]

#: Maximum length of a label and of a text, characters.
MAX_TEXT = 4096

_HEX_COLOR = re.compile(r"#(?:[0-9a-f]{3}|[0-9a-f]{6})", re.IGNORECASE)


class Control(Generic[Value]):
    """A control of a program; see :class:`scenecast.panel.Panel`."""

    def __init__(self, panel: Panel, description: Dict[str, Any], callback: Optional[Callback]) -> None:
        self._panel = panel
        #: Its description, as the server gets it.
        self.details = description
        #: Length of the description when it was added, characters of JSON.
        self.length = 0
        self.is_removed = False
        self._callback = callback
        #: Commands that the next call of the callback answers; None if no call is due.
        self._waiting: Optional[List[int]] = None
        #: Commands that the call in progress answers; None if there is none.
        self._running: Optional[List[int]] = None
        #: The newest error that was logged: a slider that is dragged would otherwise fill the log.
        self._logged = ""

    @property
    def label(self) -> str:
        """What people read. May be set; raises ValueError if it is empty or longer than 4096 characters."""
        return str(self.details["label"])

    @label.setter
    def label(self, label: str) -> None:
        self._panel.change(self, {"label": check_label(label)})

    @property
    def value(self) -> Value:
        """The present value, which a viewer may have changed. A button has None.

        Setting it shows it to the viewers and does not call ``on_change``. Raises ValueError for a value of another type or
        outside of the limits.
        """
        value = self.details.get("value")
        return tuple(value) if isinstance(value, list) else value  # type: ignore[return-value]

    @value.setter
    def value(self, value: Value) -> None:
        self._panel.set_value(self, check_value(self.details, value))

    def remove(self) -> None:
        """Removes it from the pages. Its callback is not called any more. May be called twice."""
        self._panel.remove_control(self)

    def receive(self, number: int, value: Any) -> bool:
        """Sets the value of a viewer's command, which the next call of the callback answers. The caller holds the panel's lock.

        Returns whether :meth:`call` is to be dispatched for it. Raises ValueError with a sentence for the viewer.
        """
        is_busy = self._running is not None or self._waiting is not None
        if self.details["type"] == "action":
            if is_busy:
                raise ValueError(f'"{self.label}" is still running; wait for its end.')
        else:
            received = _received(self.details, value)
            if received == self.details["value"] and not is_busy:
                self._panel.answer([number], None)
                return False
            self.details["value"] = received
        self._waiting = [*(self._waiting or []), number]
        return not is_busy

    def call(self) -> None:
        """Calls the callback for the commands that wait. Called by the panel, where callbacks run."""
        with self._panel.lock:
            if self._waiting is None:
                return
            self._running, self._waiting = self._waiting, None
            callback = self._callback
            arguments = () if self.details["type"] == "action" else (self.value,)
        if self.is_removed:
            self._finish(f'The program has removed "{self.label}".')
            return
        try:
            result = callback(*arguments) if callback is not None else None
        except Exception as error:
            self._finish(self._report(error))
            return
        except SystemExit:
            self._finish(self._exits())
            raise
        if not hasattr(result, "__await__"):
            self._finish(None)
            return
        import asyncio

        loop = running_loop()
        if loop is None:
            asyncio.run(self._await(result))
            return
        self._panel.changed()
        self._panel.keep_task(loop.create_task(self._await(result)))

    async def _await(self, result: Awaitable[object]) -> None:
        try:
            await result
        except Exception as error:
            self._finish(self._report(error))
        except SystemExit:
            self._finish(self._exits())
            raise
        except BaseException:  # the task was cancelled
            self._finish(f'"{self.label}" was cancelled in the program.')
            raise
        else:
            self._finish(None)

    def _finish(self, error: Optional[str]) -> None:
        with self._panel.lock:
            ids, self._running = self._running or [], None
            is_due = self._waiting is not None
        self._panel.answer(ids, error)
        self._panel.changed()
        if is_due:
            self._panel.dispatch(self.call)

    def _exits(self) -> str:
        return f'"{self.label}" called sys.exit() in the program.'

    def _report(self, error: Exception) -> str:
        """Logs an error of the callback. Returns a sentence for the viewer."""
        reason = str(error) or type(error).__name__
        message = f'"{self.label}" failed in the program: {reason}' + ("" if reason[-1:] in ".?!" else ".")
        if message != self._logged:
            self._logged = message
            log.error("The callback of %s The program continues.", message, exc_info=error)
        return message


class Button(Control[None]):
    """A button of a program. As a decorator it sets the function that a click calls::

        @stream.panel.button("Run")
        def run():
            ...
    """

    def __call__(self, on_click: Callback) -> Callback:
        self._callback = on_click
        return on_click


def check_label(label: object) -> str:
    """Raises ValueError unless it is a text with something to read."""
    if not isinstance(label, str) or not label.strip() or len(label) > MAX_TEXT:
        raise ValueError(f"A label is a text of 1 to {MAX_TEXT} characters; it is {_quote(label)}.")
    return label


def check_value(description: Dict[str, Any], value: Any) -> Any:
    """Returns the value of a program as JSON has it. Raises ValueError with a sentence."""
    kind, label = description["type"], description["label"]
    if kind == "number" and _is_within(value, description):
        return as_number(value)
    if kind == "range":
        ends = list(value) if isinstance(value, (list, tuple)) or hasattr(value, "tolist") else []
        if len(ends) == 2 and all(_is_within(end, description) for end in ends) and ends[0] <= ends[1]:
            return [as_number(end) for end in ends]
    if kind == "boolean" and (isinstance(value, bool) or type(value).__name__ in ("bool_", "bool")):
        return bool(value)
    if kind == "choice" and any(choice["value"] == value for choice in description["choices"]):
        return str(value)
    if kind == "color" and isinstance(value, str) and _HEX_COLOR.fullmatch(value):
        return value.lower()
    if kind == "text" and isinstance(value, str) and len(value) <= MAX_TEXT:
        return value
    raise ValueError(f'"{label}" takes {_expected(description)}; {_quote(value)} is not one.')


def _received(description: Dict[str, Any], value: Any) -> Any:
    """The value of a viewer as the program gets it: JSON has no integers."""
    checked = check_value(description, value)
    if description["type"] != "number":
        return checked
    is_whole = isinstance(description.get("step"), int) and all(
        isinstance(description.get(key, 0), int) for key in ("min", "max", "value")
    )
    return round(checked) if is_whole else float(checked)


def running_loop() -> Optional[asyncio.AbstractEventLoop]:
    """The event loop of asyncio that runs in this thread; None if there is none."""
    # A loop that runs has imported it. Importing it takes 40 ms.
    asyncio = sys.modules.get("asyncio")
    try:
        return None if asyncio is None else asyncio.get_running_loop()
    except RuntimeError:
        return None


def _expected(description: Dict[str, Any]) -> str:
    low, high = description.get("min"), description.get("max")
    limits = "" if low is None else f" of {low} or more" if high is None else f" from {low} to {high}"
    if low is None and high is not None:
        limits = f" of {high} or less"
    return {
        "number": f"a number{limits}",
        "range": f"two numbers{limits}, the lower one first",
        "boolean": "True or False",
        "choice": "one of its choices",
        "color": 'a color as "#rrggbb"',
        "text": f"a text of at most {MAX_TEXT} characters",
        "action": "no value",
    }[description["type"]]


def _is_within(value: Any, limits: Dict[str, Any]) -> bool:
    number = as_number(value)
    return number is not None and bool(limits.get("min", -math.inf) <= number <= limits.get("max", math.inf))


def as_number(value: Any) -> Optional[float]:
    """A finite number as Python's own, ints as ints; None for what is none. numpy's numbers are numbers."""
    if isinstance(value, (str, bytes, bool)):
        return None
    try:
        number: float = operator.index(value) if hasattr(value, "__index__") else float(value)
        return number if math.isfinite(number) else None
    except (TypeError, ValueError, OverflowError):
        return None


def _quote(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:60]}…"
