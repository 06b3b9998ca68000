"""Prints the sentences by which descriptions and values are refused."""
import numpy as np

import scenecast

with scenecast.Stream((32, 16)) as stream:
    panel = stream.panel
    number = panel.number("Number", min=np.float32(0), max=np.int64(10), value=np.float64(2.5))
    assert (number.value, type(number.value)) == (2.5, float)
    assert panel.number("At its limit", min=-5, max=-1).value == -1
    window = panel.range("Range", min=0, max=1, value=np.array([0.25, 0.5]))
    assert window.value == (0.25, 0.5)
    choice = panel.choice("Choice", ["a", "b"])
    nested = panel
    for depth in range(8):
        nested = nested.folder(f"{depth}")
    nested.boolean("Deep")

    def attempt(function):
        try:
            function()
            print("accepted")
        except ValueError as error:
            print(error)

    def assign(control, value):
        control.value = value

    attempt(lambda: panel.number(" "))
    attempt(lambda: panel.number("Number", min=1, max=0))
    attempt(lambda: panel.number("Number", max=1, value=2))
    attempt(lambda: panel.number("Number", value=float("nan")))
    attempt(lambda: panel.number("Number", min="0"))
    attempt(lambda: panel.number("Number", step=0))
    attempt(lambda: panel.choice("Choice", []))
    attempt(lambda: panel.choice("Choice", ["a"], value="b"))
    attempt(lambda: panel.choice("Choice", [1]))
    attempt(lambda: panel.color("Color", value="reddish"))
    attempt(lambda: panel.text("Text", value="x" * 5000))
    attempt(lambda: panel.text("Text", description="x" * 5000))
    attempt(lambda: panel.range("Range", min=0, max=1, value=(1, 0)))
    attempt(lambda: panel.range("Range", min=0, max=1, histogram=[-1]))
    attempt(lambda: nested.folder("9"))
    attempt(lambda: assign(number, 11))
    attempt(lambda: assign(number, True))
    attempt(lambda: assign(number, "1"))
    attempt(lambda: assign(window, 1))
    attempt(lambda: assign(choice, "c"))
    assert [control.label for control in panel.controls] == ["Number", "At its limit", "Range", "Choice", "Deep"]
    for _ in range(995):
        panel.button("Button")
    attempt(lambda: panel.button("Button"))
    panel.remove()
    attempt(lambda: [panel.choice("Many", [f"{value}" * 20 for value in range(4000)]) for _ in range(20)])
