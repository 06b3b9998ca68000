"""A VTK scene that two windows can show: a cone without symmetry, so that every camera gives another picture."""
from vtkmodules.vtkFiltersSources import vtkConeSource, vtkCubeSource
from vtkmodules.vtkInteractionStyle import vtkInteractorStyleTrackballCamera
from vtkmodules.vtkRenderingCore import vtkActor, vtkPolyDataMapper, vtkRenderer, vtkRenderWindow
from vtkmodules.vtkRenderingUI import vtkGenericRenderWindowInteractor
import vtkmodules.vtkRenderingOpenGL2  # noqa: F401


def off_screen_window(width, height):
    """A window with the scene, and its renderer."""
    renderer = vtkRenderer()
    renderer.SetBackground(0.1, 0.2, 0.3)
    cube = vtkCubeSource()
    cube.SetCenter(0.4, 0.7, 0)
    for source, color in ((vtkConeSource(), (0.9, 0.5, 0.3)), (cube, (0.2, 0.6, 0.4))):
        mapper = vtkPolyDataMapper()
        mapper.SetInputConnection(source.GetOutputPort())
        actor = vtkActor()
        actor.SetMapper(mapper)
        actor.GetProperty().SetColor(*color)
        renderer.AddActor(actor)
    window = vtkRenderWindow()
    window.SetOffScreenRendering(True)
    window.SetMultiSamples(0)
    window.SetSize(width, height)
    window.AddRenderer(renderer)
    renderer.ResetCamera()
    return window, renderer


def trackball(window):
    """VTK's own interactor with its trackball camera on a window."""
    interactor = vtkGenericRenderWindowInteractor()
    interactor.SetRenderWindow(window)
    interactor.SetInteractorStyle(vtkInteractorStyleTrackballCamera())
    interactor.Initialize()
    return interactor


def camera_of(renderer):
    """Position, focal point, view-up and view angle: 10 numbers."""
    camera = renderer.GetActiveCamera()
    return [*camera.GetPosition(), *camera.GetFocalPoint(), *camera.GetViewUp(), camera.GetViewAngle()]
