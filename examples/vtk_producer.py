"""A VTK scene in the browser, steered by VTK's own trackball camera.

    python3 examples/vtk_producer.py

Debian's VTK (python3-vtk9) needs an X server even to render off screen. Without one, start it with `xvfb-run -a python3`.
"""
import scenecast.vtk
from vtkmodules.vtkFiltersSources import vtkConeSource
from vtkmodules.vtkRenderingCore import vtkActor, vtkPolyDataMapper, vtkRenderer, vtkRenderWindow
import vtkmodules.vtkRenderingOpenGL2  # noqa: F401  registers the OpenGL classes

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
window.SetSize(640, 360)
window.AddRenderer(renderer)

scenecast.vtk.show(window)
