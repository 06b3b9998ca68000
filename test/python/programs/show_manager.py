"""A ShowManager with what FURY 0.12's has for streaming: window, iren, scene, size, render(), start()."""
from vtk_scene import off_screen_window
from vtkmodules.vtkInteractionStyle import vtkInteractorStyleTrackballCamera
from vtkmodules.vtkRenderingCore import vtkRenderWindowInteractor

SIZE = (240, 160)


class ShowManager:
    def __init__(self, size=SIZE):
        self.size = size
        self.window, self.scene = off_screen_window(*size)
        self.iren = vtkRenderWindowInteractor()
        self.iren.SetRenderWindow(self.window)
        self.style = vtkInteractorStyleTrackballCamera()
        self.iren.SetInteractorStyle(self.style)

    def initialize(self):
        self.iren.Initialize()

    def render(self):
        self.window.Render()

    def start(self):
        self.initialize()
        self.render()
        self.iren.Start()
