"""Several threads write and read one stream; one handler fails."""
import logging
import threading

import numpy as np
from picture import noise, snapshot

import scenecast

logging.basicConfig(format="%(name)s %(levelname)s %(message)s")
frames = [np.full((180, 320, 3), value, np.uint8) for value in range(8)]
with scenecast.Stream((320, 180)) as stream:

    def write(frame):
        for _ in range(50):
            stream.write(frame)
            stream.viewers
            list(stream.events())

    threads = [threading.Thread(target=write, args=(frame,)) for frame in frames]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        picture = snapshot(stream)
        assert picture.min() == picture.max(), "a torn frame"
    for thread in threads:
        thread.join()
    last = noise(180, 320, 3)
    stream.write(last)
    assert np.array_equal(snapshot(stream), last)

# The stream of a thread lives on after the thread.
made = []
thread = threading.Thread(target=lambda: made.append(scenecast.Stream((320, 180))))
thread.start()
thread.join()
made[0].write(last)
assert np.array_equal(snapshot(made[0]), last)
made[0].close()

# One that is dropped is closed; its server ends with it.
scenecast.Stream((320, 180)).write(last)
