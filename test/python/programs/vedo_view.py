"""Serves a plotter of vedo by scenecast.vtk, and prints the position of its camera after each event."""
import json
import sys
import threading

import vedo

import scenecast.vtk


class ReportingView(scenecast.vtk.WindowView):
    def handle(self, event):
        super().handle(event)
        print(json.dumps(plotter.camera.GetPosition()), flush=True)


plotter = vedo.Plotter(offscreen=True, size=(240, 160))
plotter.show(vedo.Cube())
view = ReportingView(plotter)
print(json.dumps([view.url, plotter.camera.GetPosition()]), flush=True)
threading.Thread(target=lambda: (sys.stdin.read(), view.close())).start()
view.run()
try:
    scenecast.vtk.show(sys)
except TypeError as error:
    print(error, flush=True)
