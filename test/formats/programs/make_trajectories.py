"""Writes trajectories with MDAnalysis (Debian: python3-mdanalysis) to a folder, and their positions in angstroms to expected.json.

Usage: python3 make_trajectories.py test/formats/molecules/trajectories
"""

import json
import os
import sys
import warnings

import numpy

warnings.simplefilter("ignore")
import MDAnalysis
from MDAnalysis.coordinates.DCD import DCDReader, DCDWriter
from MDAnalysis.coordinates.XTC import XTCReader, XTCWriter

folder = sys.argv[1]
random = numpy.random.default_rng(3)


def water(molecules, box):
    """Oxygens anywhere in a box, each with two hydrogens at 0.96 angstroms."""
    oxygens = random.random((molecules, 1, 3)) * box
    directions = random.normal(size=(molecules, 2, 3))
    directions *= 0.96 / numpy.linalg.norm(directions, axis=2, keepdims=True)
    return numpy.concatenate([oxygens, oxygens + directions], 1).reshape(-1, 3).astype("f4")


def chain(atoms):
    """A random walk of steps of 1.5 angstroms, as the atoms of a polymer, also at negative coordinates."""
    steps = random.normal(size=(atoms, 3))
    return (1.5 * numpy.cumsum(steps / numpy.linalg.norm(steps, axis=1, keepdims=True), 0)).astype("f4")


SAMPLES = {
    # Runs of small differences.
    "water.xtc": [water(12, 20) for _ in range(3)],
    "chain.xtc": [chain(40) for _ in range(2)],
    # Products of sizes above 2^52, and axes that are stored separately, above 2^24.
    "wide.xtc": [water(5, 150_000)],
    "far.xtc": [water(5, 1_500_000)],
    # For mutants: the atoms of water.dcd.
    "small.xtc": [water(4, 20) for _ in range(2)],
    "still.xtc": [numpy.full((12, 3), 7, "f4")],
    # Up to nine atoms are not compressed.
    "three.xtc": [water(1, 5), water(1, 5)],
    "water.dcd": [water(4, 20) for _ in range(3)],
}
expected = {}
for name, frames in SAMPLES.items():
    path = os.path.join(folder, name)
    universe = MDAnalysis.Universe.empty(len(frames[0]), trajectory=True)
    writer = XTCWriter if name.endswith("xtc") else DCDWriter
    with writer(path, len(frames[0])) as file:
        for frame, positions in enumerate(frames):
            universe.atoms.positions = positions
            universe.dimensions = [50, 50, 50, 90, 90, 90]
            universe.trajectory.ts.time = 2.0 * frame
            file.write(universe.atoms)
    with (XTCReader if name.endswith("xtc") else DCDReader)(path) as file:
        expected[name] = [[round(float(value), 4) for value in step.positions.ravel()] for step in file]
with open(os.path.join(folder, "expected.json"), "w") as file:
    json.dump(expected, file)
