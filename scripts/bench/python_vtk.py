"""Measures scenecast.vtk with a window of 1280x720 px off screen.

python_vtk.py cost: median CPU times in ms, in turn, of one of VTK's own ways to read a window back and the adapter's work after a render,
which is a read-back and all that makes the frame visible to the server. VTK's: GetPixelData into the same array each time ("kept") and into a
new one ("new"), and vtkWindowToImageFilter ("filter").
python_vtk.py frames: prints the address, and renders 60 times a second while there are viewers.
"""
import json
import sys
import time

from vtkmodules.vtkCommonCore import vtkUnsignedCharArray
from vtkmodules.vtkFiltersSources import vtkConeSource
from vtkmodules.vtkRenderingCore import vtkActor, vtkPolyDataMapper, vtkRenderer, vtkRenderWindow, vtkWindowToImageFilter
import vtkmodules.vtkRenderingOpenGL2  # noqa: F401

import scenecast.vtk

SIZE = WIDTH, HEIGHT = 1280, 720
FRAMES = 150


class WatchedView(scenecast.vtk.WindowView):
    """Does the work for a viewer although there is none, whose encoding would take the processor."""

    viewers = 1


def cone():
    """A window with a cone, without antialiasing: a software renderer takes 4 times as long with it."""
    source = vtkConeSource()
    source.SetResolution(30)
    mapper = vtkPolyDataMapper()
    mapper.SetInputConnection(source.GetOutputPort())
    actor = vtkActor()
    actor.SetMapper(mapper)
    renderer = vtkRenderer()
    renderer.AddActor(actor)
    window = vtkRenderWindow()
    window.SetOffScreenRendering(True)
    window.SetMultiSamples(0)
    window.SetSize(*SIZE)
    window.AddRenderer(renderer)
    return window, renderer


def measure_cost():
    window, _ = cone()
    view = WatchedView(window)
    window.Render()
    array = vtkUnsignedCharArray()
    image = vtkWindowToImageFilter()
    image.SetInput(window)
    image.ShouldRerenderOff()

    def by_filter():
        image.Modified()
        image.Update()

    def read(into):
        window.GetPixelData(0, 0, WIDTH - 1, HEIGHT - 1, 1, into, 0)

    result = {}
    for name, by_vtk in {"kept": lambda: read(array), "new": lambda: read(vtkUnsignedCharArray()), "filter": by_filter}.items():
        times = [], []
        for _ in range(FRAMES):
            for action, measured in zip((by_vtk, view._on_render_end), times):
                started = time.process_time()
                action()
                measured.append(1000 * (time.process_time() - started))
        result[name] = [sorted(measured)[FRAMES // 2] for measured in times]
    print(json.dumps(result))
    view.close()


def serve_frames():
    window, renderer = cone()
    view = scenecast.vtk.show(window, fps=60, block=False)
    window.AddObserver("StartEvent", lambda *_: renderer.GetActiveCamera().Azimuth(1))
    print(json.dumps(view.url), flush=True)
    view.run(120)


{"cost": measure_cost, "frames": serve_frames}[sys.argv[1]]()
