"""Serves a VTK window by scenecast.vtk, and reports what reaches VTK.

Prints the address, then a line for each event of a viewer. Commands on standard input, one JSON object a line:
{"do": "camera"}, {"do": "renders"}, {"do": "timers"}, {"do": "draw"}, {"do": "directly", "events": [[name, x, y, ctrl, shift], …]} (has
VTK apply them to a second window without scenecast, and prints its camera), {"do": "same-picture"}. The end of the input ends it.
"""
import json
import sys
import threading

import numpy as np
from picture import snapshot
from vtk_scene import camera_of, off_screen_window, trackball
from vtkmodules.util.numpy_support import vtk_to_numpy
from vtkmodules.vtkCommonCore import vtkUnsignedCharArray

import scenecast.vtk

SIZE = (320, 240)
EVENTS = [
    f"{name}Event"
    for name in ("KeyPress", "KeyRelease", "Char", "MouseWheelForward", "MouseWheelBackward", "Configure", "LeftButtonDoubleClick")
]


class ReportingView(scenecast.vtk.WindowView):
    """Prints the interactor's state after each event, and which of EVENTS it has invoked."""

    def handle(self, event):
        invoked.clear()
        super().handle(event)
        x, y = interactor.GetEventPosition()
        keys = {"code": interactor.GetKeyCode(), "symbol": interactor.GetKeySym()} if "key" in event else {}
        held = {"ctrl": interactor.GetControlKey(), "shift": interactor.GetShiftKey(), "alt": interactor.GetAltKey()}
        say({"handled": event["event_type"], "x": x, "y": y, "invoked": list(invoked), **keys, **held, "size": window.GetSize()})


window, renderer = off_screen_window(*SIZE)
twin, twin_renderer = off_screen_window(*SIZE)
twin_interactor = trackball(twin)
renders = [0]
window.AddObserver("StartEvent", lambda *_: renders.__setitem__(0, renders[0] + 1))
invoked = []


def say(value):
    print(json.dumps(value), flush=True)


view = ReportingView(window)
interactor = window.GetInteractor()
for name in EVENTS:
    interactor.AddObserver(name, lambda _, invoked_name: invoked.append(invoked_name))


def directly(events):
    for name, x, y, ctrl, shift in events:
        twin_interactor.SetEventInformation(x, y, ctrl, shift, "\0", 0, None)
        getattr(twin_interactor, name)()
    say(camera_of(twin_renderer))


def pixels(of):
    width, height = of.GetSize()
    array = vtkUnsignedCharArray()
    of.GetPixelData(0, 0, width - 1, height - 1, 1, array, 0)
    return vtk_to_numpy(array).reshape(height, width, 3)[::-1]


def same_picture():
    twin.SetSize(*window.GetSize())
    twin.Render()
    expected = pixels(twin)

    def compare():
        say(bool(np.array_equal(snapshot(view)[:, :, :3], expected)))

    # In a thread: the snapshot waits for a frame of this one.
    threading.Thread(target=compare).start()


def timers():
    """Has a timer tick five times, then one that ticks once; prints the ids of the timers that ticked."""
    ticks = []

    def tick(*_):
        ticks.append(interactor.GetTimerEventId())
        if len(ticks) == 5:
            interactor.DestroyTimer(repeating)
            one_shot.append(interactor.CreateOneShotTimer(30))
        if ticks[-1] in one_shot:
            say([ticks.count(repeating), ticks.count(one_shot[0])])

    one_shot = []
    interactor.AddObserver("TimerEvent", tick)
    repeating = interactor.CreateRepeatingTimer(2)


COMMANDS = {
    "camera": lambda **_: say(camera_of(renderer)),
    "renders": lambda **_: say(renders[0]),
    "viewers": lambda **_: say(view.viewers),
    "draw": lambda **_: view.request_draw(),
    "directly": directly,
    "same-picture": same_picture,
    "timers": timers,
}


def read_commands():
    for line in sys.stdin:
        command = json.loads(line)
        view.call_later(0, lambda command=command: COMMANDS[command.pop("do")](**command))
    view.close()


say(view.url)
threading.Thread(target=read_commands).start()
view.run()
