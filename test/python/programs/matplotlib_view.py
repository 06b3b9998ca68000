"""Serves a matplotlib figure by scenecast.matplotlib, beside a second one with matplotlib's own canvas and toolbar.

Prints the address, then a line for each event: the limits of the axes and what was picked. Commands on standard input, one JSON object a
line: {"do": "directly", "events": [[name, x, y, button or key, step], …]} has matplotlib apply events to the second figure, positions as
fractions, and prints its limits; {"do": "draws"}, {"do": "change"}, {"do": "same-picture"}, {"do": "animate"}, {"do": "viewers"}.
"""
import json
import sys
import threading

import numpy as np
from matplotlib.animation import FuncAnimation
from matplotlib.backend_bases import KeyEvent, MouseEvent, NavigationToolbar2, key_press_handler
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from picture import snapshot

import scenecast.matplotlib


def new_figure():
    figure = Figure(figsize=(4, 3), dpi=100)
    axes = figure.add_subplot()
    (line,) = axes.plot([0, 1, 2, 3], [0, 1, 0, 2], "o-", picker=5)
    return figure, axes, line


figure, axes, line = new_figure()
other, other_axes, _ = new_figure()
other_canvas = FigureCanvasAgg(other)
other_toolbar = NavigationToolbar2(other_canvas)
draws, picked = [0], []
figure.canvas.mpl_connect("pick_event", lambda event: picked.append(int(event.ind[0])))
figure.canvas.mpl_connect("draw_event", lambda event: draws.__setitem__(0, draws[0] + 1))


def say(value):
    print(json.dumps(value), flush=True)


def limits(of):
    return [*of.get_xlim(), *of.get_ylim()]


class ReportingView(scenecast.matplotlib.FigureView):
    def handle(self, event):
        picked.clear()
        super().handle(event)
        say({"handled": event["event_type"], "limits": limits(axes), "picked": list(picked)})


view = ReportingView(figure)


def directly(events):
    width, height = other_canvas.get_width_height()
    position = (None, None)
    for name, x, y, value, step in events:
        if name.startswith("key"):
            event = KeyEvent(name, other_canvas, value, *position)
        else:
            position = (x * width, height - y * height)
            event = MouseEvent(name, other_canvas, *position, value, step=step)
        other_canvas.callbacks.process(name, event)
        if name == "key_press_event":
            key_press_handler(event, other_canvas, other_toolbar)
    say(limits(other_axes))


def same_picture():
    other_canvas.draw()
    expected = np.asarray(other_canvas.buffer_rgba())[:, :, :3].copy()
    # In a thread: the snapshot waits for a frame of this one.
    threading.Thread(target=lambda: say(bool(np.array_equal(snapshot(view), expected)))).start()


def animate():
    """Animates the line for five frames."""
    global animation
    frames = []

    def update(number):
        frames.append(number)
        line.set_ydata([number, 1, 0, 2])
        if len(frames) == 5:
            animation.event_source.stop()
            say(frames)
        return (line,)

    # It starts when the figure is drawn.
    animation = FuncAnimation(figure, update, interval=5, cache_frame_data=False, init_func=lambda: (line,))
    view.redraw()


COMMANDS = {
    "directly": directly,
    "draws": lambda **_: say(draws[0]),
    "viewers": lambda **_: say(view.viewers),
    "change": lambda **_: line.set_color("red"),
    "same-picture": lambda **_: same_picture(),
    "animate": lambda **_: animate(),
}


def read_commands():
    for text in sys.stdin:
        command = json.loads(text)
        view.call_later(0, lambda command=command: COMMANDS[command.pop("do")](**command))
    view.close()


say(view.url)
threading.Thread(target=read_commands).start()
view.run()
