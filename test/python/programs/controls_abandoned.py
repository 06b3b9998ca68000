"""Opens a stream with a control, forks a child that outlives this process, prints the address and waits to be killed."""
import json
import os
import signal

from picture import noise

import scenecast

stream = scenecast.Stream((32, 16))
stream.write(noise(16, 32, 3))
number = stream.panel.number("Number")
child = os.fork()
if child == 0:
    # A fork can neither use the panel nor end it.
    number.value = 7
    try:
        stream.panel.button("Button")
    except RuntimeError:
        stream.close()
        signal.pause()
server = stream._resources._server.pid
print(json.dumps({"url": stream.url, "child": child, "server": server}), flush=True)
signal.pause()
