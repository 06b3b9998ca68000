from vtkmodules.vtkFiltersSources import vtkSphereSource
from vtkmodules.vtkRenderingCore import vtkActor, vtkAssembly, vtkPolyDataMapper


def sphere(centers, colors, *, radii):
    assembly = vtkAssembly()
    for center, color in zip(centers, colors):
        source = vtkSphereSource()
        source.SetCenter(*center)
        source.SetRadius(radii)
        mapper = vtkPolyDataMapper()
        mapper.SetInputConnection(source.GetOutputPort())
        actor = vtkActor()
        actor.SetMapper(mapper)
        actor.GetProperty().SetColor(*color)
        assembly.AddPart(actor)
    return assembly
