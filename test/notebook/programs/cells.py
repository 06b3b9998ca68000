"""
Runs cells in an IPython kernel of this process and prints, as JSON, which views are open after each: a cell with two views, another cell
with the same file, and the first one again.
"""

import json
import sys

from ipykernel.inprocess.manager import InProcessKernelManager

manager = InProcessKernelManager()
manager.start_kernel()
client = manager.client()
client.start_channels()
names = manager.kernel.shell.user_ns
names["model"], names["views"] = sys.argv[1], []

TWO = "import scenecast\nviews += [scenecast.view(model), scenecast.view(model)]"
OTHER = "views += [scenecast.view(model, axes=True)]"

opened = []
for code in (TWO, OTHER, TWO):
    client.execute(code)
    opened.append([view.is_open for view in names["views"]])
sys.__stdout__.write(json.dumps(opened) + "\n")
