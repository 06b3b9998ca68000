"""A stream with controls: prints what its callbacks are called with, and executes the lines that it reads."""
import json
import logging
import sys
import threading

from picture import noise

import scenecast

printing = threading.Lock()


def report(*values):
    with printing:
        print(json.dumps(values), flush=True)


handler = logging.Handler()
handler.emit = lambda record: report("log", record.getMessage())
logging.getLogger("scenecast").addHandler(handler)
logging.getLogger("scenecast").propagate = False

stream = scenecast.Stream((32, 16))
stream.write(noise(16, 32, 3))
panel = stream.panel
thread = threading.current_thread()


def changed(name):
    return lambda value: report(name, value, threading.current_thread().name)


threshold = panel.number("Threshold", min=0, max=1, value=0.3, on_change=changed("threshold"))
slices = panel.number("Slices", min=0, max=10, step=1, value=3, on_change=changed("slices"))
view = panel.folder("View")
window = view.range("Window", min=0, max=100, value=(10, 90), unit="HU", on_change=changed("window"))
shading = view.choice("Shading", {"flat": "Flat", "smooth": "Smooth"}, on_change=changed("shading"))
axes = view.boolean("Axes", on_change=changed("axes"))
color = view.folder("Colors").color("Surface", value="#FF8000", on_change=changed("color"))
title = panel.text("Title", placeholder="none", description="Above the picture.", on_change=changed("title"))
gate = threading.Event()


@panel.button("Run")
def run():
    report("run", threshold.value, list(window.value), slices.value)


@panel.button("Fail")
def fail():
    raise ZeroDivisionError("division by zero")


async def slow(value):
    report("slow", value)
    import asyncio

    await asyncio.get_running_loop().run_in_executor(None, gate.wait)
    report("slow ends", value)


panel.number("Slow", on_change=slow)
report("url", stream.url)
for line in sys.stdin:
    command = json.loads(line)
    if command == "set":
        threshold.value = 0.75
        window.value = (20, 30)
        color.value = "#00f"
    elif command == "gate":
        gate.set()
    elif command == "remove":
        threshold.remove()
        view.remove()
        threshold.remove()
        panel.button("Added", lambda: report("added"))
        title.label = "Heading"
    elif command == "close":
        stream.close()
        report("closed", [each.name for each in threading.enumerate() if each.name.startswith("scenecast-")])
