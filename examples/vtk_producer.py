"""A VTK scene, seen and steered in the browser. VTK's own trackball camera handles the events.

    python3 examples/vtk_producer.py | scenecast serve --names -

Debian's VTK (python3-vtk9) needs an X server even to render off screen. Without one, start it with `xvfb-run -a python3`.
"""
import signal
import sys
import time

from segments import (
    LEFT_PRESS,
    LEFT_RELEASE,
    MIDDLE_PRESS,
    MIDDLE_RELEASE,
    MOUSE_MOVE,
    RIGHT_PRESS,
    RIGHT_RELEASE,
    WHEEL,
    Segments,
)
from vtkmodules.util.numpy_support import vtk_to_numpy
from vtkmodules.vtkCommonCore import vtkUnsignedCharArray
from vtkmodules.vtkFiltersSources import vtkConeSource
from vtkmodules.vtkInteractionStyle import vtkInteractorStyleTrackballCamera
from vtkmodules.vtkRenderingCore import vtkActor, vtkPolyDataMapper, vtkRenderer, vtkRenderWindow
from vtkmodules.vtkRenderingUI import vtkGenericRenderWindowInteractor
import vtkmodules.vtkRenderingOpenGL2  # noqa: F401  registers the OpenGL classes

WIDTH, HEIGHT = 640, 360

cone = vtkConeSource()
cone.SetResolution(60)
mapper = vtkPolyDataMapper()
mapper.SetInputConnection(cone.GetOutputPort())
actor = vtkActor()
actor.SetMapper(mapper)
actor.GetProperty().SetColor(0.9, 0.5, 0.3)
renderer = vtkRenderer()
renderer.SetBackground(0.1, 0.15, 0.2)
renderer.AddActor(actor)
window = vtkRenderWindow()
window.SetOffScreenRendering(True)
window.SetSize(WIDTH, HEIGHT)
window.AddRenderer(renderer)
interactor = vtkGenericRenderWindowInteractor()
interactor.SetRenderWindow(window)
interactor.SetInteractorStyle(vtkInteractorStyleTrackballCamera())
interactor.Initialize()

VTK_EVENTS = {
    MOUSE_MOVE: "MouseMoveEvent",
    LEFT_PRESS: "LeftButtonPressEvent",
    LEFT_RELEASE: "LeftButtonReleaseEvent",
    MIDDLE_PRESS: "MiddleButtonPressEvent",
    MIDDLE_RELEASE: "MiddleButtonReleaseEvent",
    RIGHT_PRESS: "RightButtonPressEvent",
    RIGHT_RELEASE: "RightButtonReleaseEvent",
}


def apply(kind, wheel, x, y, ctrl, shift):
    """Hands one event of the queue to VTK, whose y goes up."""
    interactor.SetEventInformation(round(x * WIDTH), round((1 - y) * HEIGHT), int(ctrl), int(shift), "\0", 0, None)
    if kind == WHEEL:
        interactor.InvokeEvent("MouseWheelForwardEvent" if wheel < 0 else "MouseWheelBackwardEvent")
    elif kind in VTK_EVENTS:
        interactor.InvokeEvent(VTK_EVENTS[kind])


def frame():
    """The window's pixels: (HEIGHT, WIDTH, 3) bytes, first row at the bottom, as VTK has them."""
    window.Render()
    pixels = vtkUnsignedCharArray()
    window.GetPixelData(0, 0, WIDTH - 1, HEIGHT - 1, 0, pixels, 0)
    return vtk_to_numpy(pixels).reshape(HEIGHT, WIDTH, 3)


signal.signal(signal.SIGTERM, lambda *_: sys.exit())
segments = Segments(WIDTH, HEIGHT)
try:
    print(segments.names(), flush=True)
    segments.write(frame())
    while True:
        events = list(segments.events())
        for kind, wheel, x, y, ctrl, shift, *_ in events:
            apply(int(kind), wheel, x, y, ctrl, shift)
        if events:
            segments.write(frame())
        time.sleep(0.005)
except KeyboardInterrupt:
    pass
finally:
    segments.close()
