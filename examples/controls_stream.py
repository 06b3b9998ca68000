"""Frames made with numpy, with controls in the page's panel: sliders, a choice, a color, a button.

    pip install scenecast-*.whl
    python3 examples/controls_stream.py
"""
import numpy as np

import scenecast.callback

size = 480, 270
y, x = np.mgrid[-1 : 1 : size[1] * 1j, -1 : 1 : size[0] * 1j]


def draw(width, height):
    """(270, 480, 3) uint8: waves in a color. Called when somebody looks, and after each change of a control."""
    distance = np.hypot(x, y) if shape.value == "rings" else x
    wave = 0.5 + 0.5 * np.sin(distance * frequency.value + phase)
    low, high = window.value
    light = np.clip((wave - low) / (high - low + 1e-6), 0, 1)
    rgb = [int(color.value[i : i + 2], 16) for i in (1, 3, 5)]
    return (light[..., None] * rgb).astype(np.uint8)


phase = 0.0
view = scenecast.callback.show(draw, size=size, block=False)
frequency = view.panel.number("Frequency", min=1, max=100, value=30, logarithmic=True)
window = view.panel.range("Window", min=0, max=1, step=0.01)
look = view.panel.folder("Look")
shape = look.choice("Shape", {"rings": "Rings", "stripes": "Stripes"})
color = look.color("Color", value="#4f9dde")


@view.panel.button("Reset")
def reset():
    frequency.value = 30  # shown to all viewers
    window.value = 0, 1


@view.panel.button("Step", description="Moves the waves.")
def step():
    global phase
    phase += 0.5


print(view.url, flush=True)
view.run()  # until Ctrl+C
