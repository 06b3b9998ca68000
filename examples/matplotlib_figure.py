"""A matplotlib figure in the browser: dragging turns the surface; p pans, o zooms, h shows the first view.

    python3 examples/matplotlib_figure.py
"""
import numpy as np
import scenecast.matplotlib
from matplotlib.figure import Figure

x, y = np.mgrid[-3:3:60j, -3:3:60j]
figure = Figure(figsize=(6.4, 3.6))
axes = figure.add_subplot(projection="3d")
axes.plot_surface(x, y, np.sin(x) * np.cos(y), cmap="viridis")

scenecast.matplotlib.show(figure)
