from vtkmodules.vtkInteractionStyle import vtkInteractorStyleTrackballCamera
from vtkmodules.vtkRenderingCore import vtkRenderer, vtkRenderWindow, vtkRenderWindowInteractor
import vtkmodules.vtkRenderingOpenGL2  # noqa: F401


class Scene(vtkRenderer):
    def add(self, *actors):
        for actor in actors:
            self.AddActor(actor)


class ShowManager:
    def __init__(self, *, scene, size):
        self.scene, self.size = scene, size
        self.window = vtkRenderWindow()
        self.window.SetSize(*size)
        self.window.AddRenderer(scene)
        self.iren = vtkRenderWindowInteractor()
        self.iren.SetRenderWindow(self.window)
        self.style = vtkInteractorStyleTrackballCamera()
        self.iren.SetInteractorStyle(self.style)

    def start(self):
        self.iren.Initialize()
        self.window.Render()
        self.iren.Start()
