"""Opens a stream, forks a child that outlives this process, prints the address and waits to be killed."""
import json
import os
import signal

from picture import noise, snapshot

import scenecast

stream = scenecast.Stream((320, 180))
stream.write(noise(180, 320, 3))
assert snapshot(stream).shape == (180, 320, 3)
child = os.fork()
if child == 0:
    signal.pause()
print(json.dumps({"url": stream.url, "child": child}), flush=True)
signal.pause()
