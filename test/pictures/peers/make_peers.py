"""Makes the pictures of the peers: VTK, ParaView, mrview, PyMOL and f3d (Debian: python3-vtk9 python3-nibabel, paraview python3-paraview,
mrtrix3, pymol, f3d, imagemagick), through an X server.

usage: make_peers.py FOLDER COLORMAPS [NAME...] (COLORMAPS is what colormaps.ts prints). python3-paraview cannot be installed beside
python3-vtk9: PARAVIEW_MODULES may name the folder of its modules.
"""
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
FILES = HERE.parent / "files"
CASES = json.loads((HERE.parent / "cases.json").read_text())
FOLDER, COLORMAPS = (Path(argument).resolve() for argument in sys.argv[1:3])
NAMES = sys.argv[3:]

# Colormaps of mrview, by its menu.
HOT, JET, VIRIDIS = "1", "3", "5"

# Planes of mrview: 0 sagittal (seen from the left), 1 coronal (from the front), 2 axial (from below).
AXIAL = "-lock 0 -plane 2 -interpolation 0"
MRVIEW = {
    "slice": f"head.nii.gz {AXIAL} -intensity_range RANGE",
    "overlay": f"head.nii.gz {AXIAL} -intensity_range RANGE -overlay.load stat.nii.gz -overlay.interpolation 0 -overlay.colourmap {HOT} "
    "-overlay.intensity 1,6 -overlay.threshold_min 1 -overlay.opacity 1",
    "labels": f"head.nii.gz {AXIAL} -intensity_range RANGE -overlay.load regions.nii.gz -overlay.interpolation 0 -overlay.colourmap {JET} "
    "-overlay.intensity 0,5 -overlay.threshold_min 0.5 -overlay.opacity 0.6",
    "time": f"waves.nii.gz {AXIAL} -volume 1 -intensity_range -100,150",
    "lines": "head.nii.gz -imagevisible 0 -lock 0 -plane 1 -tractography.slab -1 -tractography.load bundles.tck -tractography.geometry lines",
    "track-scalars": "head.nii.gz -imagevisible 0 -lock 0 -plane 1 -tractography.slab -1 -tractography.load bundles.tck "
    f"-tractography.geometry lines -tractography.tsf_load height.tsf -tractography.tsf_range -50,40 -tractography.tsf_colourmap {VIRIDIS}",
    "anatomy": "head.nii.gz -lock 0 -plane 1 -interpolation 0 -intensity_range RANGE -tractography.slab -1 -tractography.load bundles.tck "
    "-tractography.geometry lines",
    "peaks": f"peaks.nii.gz -imagevisible 0 {AXIAL} -fixel.load FIXELS/index.mif",
}

PYMOL = {
    "cartoon": "show cartoon; color grey80; color hotpink, ss h; color gold, ss s; set cartoon_fancy_helices, 0",
    "ball-and-stick": "show sticks; show spheres; set stick_radius, 0.15; set sphere_scale, 0.22; util.cnc; color grey60, elem C",
    "spheres": "show spheres; util.cnc; color grey60, elem C",
}


def mrview(name, work):
    text = MRVIEW[name].replace("RANGE", "0,800")
    if "FIXELS" in text:
        fixels = work / "fixels"
        subprocess.run(["peaks2fixel", "-quiet", str(FILES / "peaks.nii.gz"), str(fixels)], check=True)
        text = text.replace("FIXELS", str(fixels))
    camera = CASES[name]["camera"]
    target = ",".join(map(str, camera["focalPoint"]))
    # Half of the height of the view is the field of view times height / (width + height).
    fov = camera["parallelScale"] * (320 + 240) / 240
    command = ["mrview", *text.split(), "-size", "656,492", "-focus", target, "-target", target, "-fov", str(fov), "-noannotations",
               "-capture.folder", str(work), "-capture.prefix", name, "-capture.grab", "-exit"]
    subprocess.run(command, check=True, cwd=FILES, stderr=subprocess.DEVNULL, timeout=60)
    # mrview's window has a minimum size.
    subprocess.run(["/usr/bin/convert-im6.q16", work / f"{name}0000.png", "-resize", "320x240", FOLDER / f"{name}.mrview.png"], check=True)


def pymol(name):
    camera = CASES[name]["camera"]
    # The camera looks along +z: x is mirrored, and so is z. PyMOL's view: rotation, position of the camera, center of rotation, clipping.
    center = camera["focalPoint"]
    angle = 20
    distance = camera["parallelScale"] / 0.17632698
    view = [-1, 0, 0, 0, 1, 0, 0, 0, -1, 0, 0, -distance, *center, distance - 40, distance + 40, angle]
    script = (f"load 1crn.cif.gz; hide everything; {PYMOL[name]}; set orthoscopic, 1; set field_of_view, {angle}; bg_color black; set ray_opaque_background, 1; "
              f"set_view ({','.join(map(str, view))}); set ray_shadows, 0; ray 320, 240; png {FOLDER}/{name}.pymol.png")
    subprocess.run(["/usr/bin/pymol", "-cq", "-d", script], check=True, cwd=FILES, stdout=subprocess.DEVNULL,
                   env={**os.environ, "PATH": "/usr/bin:/bin"})


def f3d(name):
    camera = CASES[name]["camera"]
    text = lambda key: ",".join(map(str, camera[key]))
    subprocess.run(["f3d", "torus.ply", "--dry-run", f"--output={FOLDER}/{name}.f3d.png", "--resolution=320,240", "--up=+Z", "--bg-color=0,0,0",
                    "--scalars=RGB", "--comp=-2", f"--camera-position={text('position')}", f"--camera-focal-point={text('focalPoint')}",
                    f"--camera-view-up={text('viewUp')}", f"--camera-view-angle={camera['viewAngle']}"], check=True, cwd=FILES)


def chosen(names):
    return [name for name in names if not NAMES or name in NAMES]


with tempfile.TemporaryDirectory() as work:
    for name in chosen(MRVIEW):
        mrview(name, Path(work))
for name in chosen(PYMOL):
    pymol(name)
for name in chosen(["mesh"]):
    f3d(name)
vtk_names = chosen(["slices", "mip", "volume", "isosurface", "tubes", "surface", "surface-labels", "las", "pcd"])
if vtk_names:
    subprocess.run(["/usr/bin/python3", str(HERE / "vtk_peer.py"), str(FOLDER), str(COLORMAPS), *vtk_names], check=True)
paraview_names = chosen(["field", "cells", "clip", "section", "contours", "warp", "glyphs", "mesh-times"])
if paraview_names:
    environment = {**os.environ, "PYTHONPATH": os.environ.get("PARAVIEW_MODULES", "")}
    subprocess.run(["pvbatch", str(HERE / "paraview_peer.py"), str(FOLDER), str(COLORMAPS), *paraview_names], check=True, env=environment)
