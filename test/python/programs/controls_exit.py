"""Callbacks that call sys.exit(): in the thread of a stream, which continues, and in the thread that serves, which ends the program."""
import json
import logging
import sys

import numpy as np
from picture import noise

import scenecast
import scenecast.callback


def report(*values):
    print(json.dumps(values), flush=True)


handler = logging.Handler()
handler.emit = lambda record: report("log", record.getMessage())
logging.getLogger("scenecast").addHandler(handler)
logging.getLogger("scenecast").propagate = False


async def leave():
    sys.exit(3)


stream = scenecast.Stream((32, 16))
stream.write(noise(16, 32, 3))
stream.on("key_down", lambda event: sys.exit(3))
stream.panel.button("Exit", lambda: sys.exit(3))
stream.panel.button("Leave", leave)
stream.panel.number("Number", on_change=lambda value: report("number", value))
report("url", stream.url)
sys.stdin.readline()
stream.close()

view = scenecast.callback.show(lambda width, height: np.zeros((16, 32, 3), np.uint8), block=False)
view.panel.button("Exit", lambda: sys.exit(3))
report("url", view.url)
view.run()
