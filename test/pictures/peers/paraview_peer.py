"""Pictures of the cases by ParaView, run by its pvbatch.

usage: pvbatch paraview_peer.py FOLDER COLORMAPS [NAME...] (COLORMAPS is a JSON object of lists of 256 x 3 bytes)
"""
import json
import sys
from pathlib import Path

import paraview.simple as pv

HERE = Path(__file__).parent
FILES = HERE.parent / "files"
CASES = json.loads((HERE.parent / "cases.json").read_text())
VIRIDIS = json.loads(Path(sys.argv[2]).read_text())["viridis"]


def color(display, source, array, low, high, of_cells=False):
    pv.ColorBy(display, ("CELLS" if of_cells else "POINTS", array))
    transfer = pv.GetColorTransferFunction(array)
    points = []
    for i in range(256):
        points += [low + (high - low) * i / 255, *(c / 255 for c in VIRIDIS[3 * i : 3 * i + 3])]
    transfer.ColorSpace = "RGB"
    transfer.RGBPoints = points


def beam():
    return pv.XMLUnstructuredGridReader(FileName=[str(FILES / "beam.vtu")])


def field(view):
    display = pv.Show(beam(), view)
    display.Representation = "Surface With Edges"
    color(display, None, "temperature", 20, 80)


def cells(view):
    color(pv.Show(beam(), view), None, "material", 0, 3, of_cells=True)


def plane_of(proxy, normal, offset):
    length = sum(n * n for n in normal) ** 0.5
    unit = [n / length for n in normal]
    proxy.Normal = unit
    proxy.Origin = [u * offset for u in unit]


def clip(view):
    clipped = pv.Clip(Input=beam(), ClipType="Plane", Invert=1)
    plane_of(clipped.ClipType, (0.6, -0.8, 0.3), 1.5)
    color(pv.Show(clipped, view), None, "temperature", 20, 80)


def section(view):
    cut = pv.Slice(Input=beam(), SliceType="Plane")
    plane_of(cut.SliceType, (0.3, -0.8, 0.6), 0.7)
    color(pv.Show(cut, view), None, "temperature", 20, 80)


def contours(view):
    source = beam()
    color(pv.Show(source, view), None, "temperature", 20, 80)
    surface = pv.ExtractSurface(Input=source)
    lines = pv.Contour(Input=surface, ContourBy=["POINTS", "temperature"], Isosurfaces=[30, 40, 50, 60, 70])
    display = pv.Show(lines, view)
    pv.ColorBy(display, None)
    display.AmbientColor = display.DiffuseColor = [0, 0, 0]
    display.LineWidth = 2


def warp(view):
    warped = pv.WarpByVector(Input=beam(), Vectors=["POINTS", "displacement"], ScaleFactor=2)
    color(pv.Show(warped, view), None, "displacement", 0, 0.72)


def glyphs(view):
    source = beam()
    color(pv.Show(source, view), None, "displacement", 0, 0.72)
    arrows = pv.Glyph(Input=source, GlyphType="Arrow", OrientationArray=["POINTS", "displacement"],
                      ScaleArray=["POINTS", "displacement"], ScaleFactor=1.658, GlyphMode="All Points")
    color(pv.Show(arrows, view), None, "displacement", 0, 0.72)


def mesh_times(view):
    reader = pv.PVDReader(FileName=str(FILES / "swell.pvd"))
    color(pv.Show(reader, view), None, "height", -0.3, 0.3)
    view.ViewTime = 1.0


MAKERS = {
    "field": field,
    "cells": cells,
    "clip": clip,
    "section": section,
    "contours": contours,
    "warp": warp,
    "glyphs": glyphs,
    "mesh-times": mesh_times,
}

for name in sys.argv[3:] or MAKERS:
    pv.ResetSession()
    case = CASES[name]["camera"]
    view = pv.CreateRenderView()
    view.ViewSize = [320, 240]
    view.UseColorPaletteForBackground = 0
    view.Background = [0, 0, 0]
    view.OrientationAxesVisibility = 0
    MAKERS[name](view)
    # The first picture resets the camera.
    pv.Render(view)
    view.CameraParallelProjection = 1
    view.CameraParallelScale = case["parallelScale"]
    view.CameraPosition = case["position"]
    view.CameraFocalPoint = case["focalPoint"]
    view.CameraViewUp = case["viewUp"]
    pv.Render(view)
    pv.SaveScreenshot(str(Path(sys.argv[1]) / f"{name}.paraview.png"), view)
