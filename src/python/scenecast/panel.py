"""Controls of a program in the page's panel: sliders, choices, buttons.

    import scenecast

    stream = scenecast.Stream((1280, 720))
    threshold = stream.panel.number("Threshold", min=0, max=1, value=0.3, on_change=update)

    @stream.panel.folder("Simulation").button("Run")
    def run():
        ...

    threshold.value = 0.5      # shown to all viewers
    threshold.remove()
"""

from __future__ import annotations

import json
import math
import threading
from typing import Any, Callable, Dict, List, Mapping, Optional, Sequence, Set, Tuple, Type, TypeVar, Union

from .control import MAX_TEXT, Button, Callback, Control, as_number, check_label, check_value, running_loop

#: Maximum number of controls, of headings above one, and of characters of a name.
MAX_CONTROLS = 1000
MAX_FOLDERS = 8
MAX_NAME = 256

#: Maximum length of all descriptions as they were added, characters of JSON.
MAX_DESCRIPTIONS = 1 << 19

Job = Callable[[], None]
Kind = TypeVar("Kind", bound=Control[Any])


class Folder:
    """Adds controls below a heading.

    All methods take a ``description`` (a tooltip) and, but for :meth:`button`, a function ``on_change``, which is called with the
    new value after a viewer has changed it, never with one outside of the limits. It is called where the stream's other handlers are:
    in a thread of the stream; by the adapters in the thread that serves; and if an event loop of asyncio ran when the panel was first
    used, in that loop. It may be a coroutine function. Changes that arrive while it runs are merged, and it is called again with
    the newest. An exception in it is logged and shown to the viewer, and the program continues.

    Raise ValueError with a sentence: a value outside of the limits, an empty label, too many controls. Methods may be called from any
    thread.
    """

    def __init__(self, panel: Panel, path: Tuple[str, ...]) -> None:
        self._panel = panel
        self._path = path

    def number(
        self,
        label: str,
        *,
        min: Optional[float] = None,
        max: Optional[float] = None,
        step: Optional[float] = None,
        value: Optional[float] = None,
        unit: Optional[str] = None,
        logarithmic: bool = False,
        description: Optional[str] = None,
        on_change: Optional[Callback] = None,
    ) -> Control[float]:
        """Adds a slider or, without both limits, a field for a number.

        ``value``: by default 0, or the limit that is nearest to it. Values are ints if ``step``, the limits and ``value`` are, else
        floats. ``logarithmic``: for limits above 0 that are orders of magnitude apart. ``unit``: "mm", "px", "°".
        """
        limits = {"min": min, "max": max, "step": step, "unit": unit, "logarithmic": logarithmic or None}
        return self._add(Control[float], "number", label, {**limits, "value": value}, description, on_change)

    def range(
        self,
        label: str,
        *,
        min: float,
        max: float,
        step: Optional[float] = None,
        value: Optional[Tuple[float, float]] = None,
        unit: Optional[str] = None,
        histogram: Optional[Sequence[float]] = None,
        description: Optional[str] = None,
        on_change: Optional[Callback] = None,
    ) -> Control[Tuple[float, float]]:
        """Adds a slider with two handles; values are tuples of two numbers, the lower one first.

        ``histogram``: numbers of values in at most 512 intervals of equal width from ``min`` to ``max``, drawn behind the slider.
        """
        counts = None if histogram is None else [float(count) for count in histogram]
        limits = {"min": min, "max": max, "step": step, "unit": unit, "histogram": counts}
        ends = (min, max) if value is None else value
        return self._add(Control[Tuple[float, float]], "range", label, {**limits, "value": ends}, description, on_change)

    def choice(
        self,
        label: str,
        choices: Union[Sequence[str], Mapping[str, str]],
        *,
        value: Optional[str] = None,
        description: Optional[str] = None,
        on_change: Optional[Callback] = None,
    ) -> Control[str]:
        """Adds a choice of one of several texts. ``choices``: the values, or a dict of values and their labels."""
        if isinstance(choices, Mapping):
            entries = [{"value": key, "label": text} for key, text in choices.items()]
        else:
            entries = [{"value": choice} for choice in choices]
        first = entries[0]["value"] if entries else ""
        details = {"choices": entries, "value": first if value is None else value}
        return self._add(Control[str], "choice", label, details, description, on_change)

    def boolean(
        self,
        label: str,
        *,
        value: bool = False,
        description: Optional[str] = None,
        on_change: Optional[Callback] = None,
    ) -> Control[bool]:
        """Adds a check box."""
        return self._add(Control[bool], "boolean", label, {"value": value}, description, on_change)

    def color(
        self,
        label: str,
        *,
        value: str = "#ffffff",
        description: Optional[str] = None,
        on_change: Optional[Callback] = None,
    ) -> Control[str]:
        """Adds a color; values are "#rrggbb"."""
        return self._add(Control[str], "color", label, {"value": value}, description, on_change)

    def text(
        self,
        label: str,
        *,
        value: str = "",
        placeholder: Optional[str] = None,
        description: Optional[str] = None,
        on_change: Optional[Callback] = None,
    ) -> Control[str]:
        """Adds a line of text, of at most 4096 characters. ``placeholder`` is shown while it is empty."""
        return self._add(Control[str], "text", label, {"value": value, "placeholder": placeholder}, description, on_change)

    def button(
        self, label: str, on_click: Optional[Callback] = None, *, description: Optional[str] = None
    ) -> Button:
        """Adds a button. ``on_click`` is called without arguments, as ``on_change`` otherwise; a click during a click is refused.

        The button is also a decorator for that function.
        """
        return self._add(Button, "action", label, {}, description, on_click)

    def folder(self, label: str) -> Folder:
        """Adds a heading below this one, at most eight deep. It is shown once it has a control."""
        if len(self._path) >= MAX_FOLDERS:
            raise ValueError(f"Headings are at most {MAX_FOLDERS} deep.")
        return Folder(self._panel, (*self._path, check_label(label)))

    def remove(self) -> None:
        """Removes all controls below this heading. More can be added afterwards."""
        self._panel.remove_below(self._path)

    def _add(
        self,
        kind: Type[Kind],
        type_name: str,
        label: str,
        details: Dict[str, Any],
        description: Optional[str],
        callback: Optional[Callback],
    ) -> Kind:
        given = {key: value for key, value in details.items() if value is not None}
        control: Dict[str, Any] = {"type": type_name, "label": check_label(label), **given}
        if description is not None:
            control["description"] = description
        if self._path:
            control["folder"] = list(self._path)
        _check(control)
        return self._panel.add(kind(self._panel, control, callback))


class Panel(Folder):
    """The controls of a program: ``stream.panel``.

    Args:
        dispatch: calls a function where callbacks run. May be called from any thread.
        changed: called after each callback, and after each part of an async one that did something.
    """

    def __init__(self, dispatch: Callable[[Job], None], changed: Callable[[], None] = lambda: None) -> None:
        super().__init__(self, ())
        self.lock = threading.RLock()
        self.changed = changed
        self._dispatch = dispatch
        self._loop = running_loop()
        self._controls: Dict[str, Control[Any]] = {}
        self._length = 0
        #: What is to be sent: all descriptions, values by name, answers.
        self._is_announced = False
        self._values: Dict[str, Any] = {}
        self._answers: List[Dict[str, Any]] = []
        self._request: Callable[[], None] = lambda: None
        #: Keeps running tasks, to which a loop refers weakly.
        self._tasks: Set[Any] = set()

    @property
    def controls(self) -> List[Control[Any]]:
        """The controls in the order in which they were added."""
        with self.lock:
            return list(self._controls.values())

    def dispatch(self, job: Job) -> None:
        """Calls the function where callbacks run."""
        if self._loop is not None:
            try:
                self._loop.call_soon_threadsafe(job)
                return
            except RuntimeError:
                self._loop = None  # it has ended
        self._dispatch(job)

    def connect(self, request: Callable[[], None]) -> None:
        """Has ``request`` called when :meth:`take_messages` has something."""
        self._request = request

    def add(self, control: Kind) -> Kind:
        """Adds a control that was checked, under a name of its own."""
        description = control.details
        with self.lock:
            if len(self._controls) >= MAX_CONTROLS:
                raise ValueError(f"A program has at most {MAX_CONTROLS} controls; remove some.")
            description["name"] = self._free_name("/".join([*description.get("folder", ()), description["label"]]))
            length = len(json.dumps(description))
            if self._length + length > MAX_DESCRIPTIONS:
                raise ValueError(
                    f"The descriptions of all controls have at most {MAX_DESCRIPTIONS} characters; "
                    f"that of \"{description['label']}\" is too much."
                )
            self._length += length
            control.length = length
            self._controls[description["name"]] = control
        self.announce()
        return control

    def change(self, control: Control[Any], changed: Dict[str, Any]) -> None:
        """Changes keys of a description."""
        with self.lock:
            control.details.update(changed)
        self.announce()

    def set_value(self, control: Control[Any], value: Any) -> None:
        """Sets a value that was checked, and shows it."""
        with self.lock:
            if control.details.get("value") == value:
                return
            control.details["value"] = value
            if self._controls.get(control.details["name"]) is not control:
                return
            self._values[control.details["name"]] = value
        self._request()

    def remove_control(self, control: Control[Any]) -> None:
        """Does nothing if it was removed."""
        with self.lock:
            control.is_removed = True
            if self._controls.get(control.details["name"]) is not control:
                return
            del self._controls[control.details["name"]]
            self._length -= control.length
        self.announce()

    def remove_below(self, path: Tuple[str, ...]) -> None:
        """Removes all controls below these headings."""
        for control in self.controls:
            if tuple(control.details.get("folder", ())[: len(path)]) == path:
                self.remove_control(control)

    def announce(self) -> None:
        """Sends all descriptions, soon: several changes in a row are one message."""
        with self.lock:
            self._is_announced = True
        self._request()

    def answer(self, ids: List[int], error: Optional[str]) -> None:
        """Answers commands; ``error``: a sentence for the viewer."""
        with self.lock:
            for number in ids:
                answer: Dict[str, Any] = {"type": "command-result", "id": number}
                self._answers.append(answer if error is None else {**answer, "error": error[:MAX_TEXT]})
        self._request()

    def take_messages(self) -> List[Dict[str, Any]]:
        """What is to be sent to the server."""
        with self.lock:
            messages: List[Dict[str, Any]] = []
            if self._is_announced:
                program = [dict(control.details) for control in self._controls.values()]
                messages.append({"type": "panel", "panel": {"program": program}})
            elif self._values:
                values = {name: value for name, value in self._values.items() if name in self._controls}
                messages.append({"type": "control-values", "values": values})
            messages += self._answers
            self._is_announced = False
            self._values = {}
            self._answers = []
            return messages

    def receive(self, number: int, name: str, value: Any) -> None:
        """Applies a command of a viewer."""
        with self.lock:
            control = self._controls.get(name)
            try:
                if control is None:
                    raise ValueError("The program has no control of this name; it may have removed it.")
                is_due = control.receive(number, value)
            except ValueError as error:
                self.answer([number], str(error))
                return
        if is_due:
            self.dispatch(control.call)

    def keep_task(self, task: Any) -> None:
        """Keeps a task until it is done."""
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _free_name(self, path: str) -> str:
        name = path[:MAX_NAME]
        for count in range(2, MAX_CONTROLS + 3):
            if name not in self._controls:
                break
            suffix = f" ({count})"
            name = path[: MAX_NAME - len(suffix)] + suffix
        return name


def _check(control: Dict[str, Any]) -> None:
    """Checks a description and its value. Raises ValueError with a sentence."""
    label = control["label"]
    for key in ("description", "unit", "placeholder"):
        text = control.get(key, "")
        if not isinstance(text, str) or len(text) > MAX_TEXT:
            raise ValueError(f'The {key} of "{label}" is a text of at most {MAX_TEXT} characters.')
    for key in ("min", "max", "step"):
        if key in control:
            control[key] = _finite(label, key, control[key])
    if control.get("min", -math.inf) > control.get("max", math.inf):
        raise ValueError(f'"{label}" has a min of {control["min"]}, above its max of {control["max"]}.')
    if control.get("step", 1) <= 0:
        raise ValueError(f'The step of "{label}" must be above 0.')
    counts = control.get("histogram", [])
    if len(counts) > 512 or not all(0 <= count < math.inf for count in counts):
        raise ValueError(f'The histogram of "{label}" has at most 512 numbers of 0 or more.')
    if control["type"] == "choice":
        texts = [text for choice in control["choices"] for text in choice.values()]
        if not 1 <= len(control["choices"]) <= 4096 or not all(isinstance(text, str) and len(text) <= MAX_TEXT for text in texts):
            raise ValueError(f'The choices of "{label}" are 1 to 4096 texts of at most {MAX_TEXT} characters.')
    if control["type"] == "number":
        control.setdefault("value", min(max(0, control.get("min", 0)), control.get("max", math.inf)))
    if control["type"] != "action":
        control["value"] = check_value(control, control["value"])


def _finite(label: str, key: str, value: Any) -> float:
    number = as_number(value)
    if number is None:
        raise ValueError(f'The {key} of "{label}" must be a finite number; it is {value!r}.')
    return number
