"""Writes frames that do not fit into /dev/shm, and then some that do."""
import os

import numpy as np
from picture import noise, snapshot

import scenecast

with scenecast.Stream((320, 180)) as stream:
    frame = noise(180, 320, 3)
    stream.write(frame)
    assert np.array_equal(snapshot(stream), frame)
    for shape in ((1080, 1920, 3), (2160, 3840, 3), (2161, 3840, 4)):
        for _ in range(2):
            try:
                stream.write(np.zeros(shape, np.uint8))
            except OSError as error:
                print(error.strerror)
            else:
                raise AssertionError("more than there is room for")
    stream.write(frame[::-1])
    assert np.array_equal(snapshot(stream), frame[::-1])
with open("/dev/shm/filler", "wb") as filler:
    os.posix_fallocate(filler.fileno(), 0, os.statvfs("/dev/shm").f_bavail * 4096)
try:
    scenecast.Stream((320, 180))
except OSError as error:
    print(error.strerror)
os.remove("/dev/shm/filler")
assert os.listdir("/dev/shm") == []
