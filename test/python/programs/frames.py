"""Writes frames of all kinds and checks that /snapshot.png is equal to each."""
import itertools
import mmap
import types

import numpy as np
from picture import noise, snapshot, until_snapshot

import scenecast
from scenecast import frames as copying

base = noise(97, 131, 3)
with scenecast.Stream((131, 97)) as stream:
    frames = {
        "contiguous": base,
        "flipped": base[::-1],
        "mirrored": base[:, ::-1],
        "bgr": base[:, :, ::-1],
        "a part": noise(200, 300, 3)[7:104, 9:140],
        "every other pixel": noise(194, 262, 3)[::2, ::2],
        "transposed": noise(131, 97, 3).transpose(1, 0, 2),
        "planes": np.moveaxis(noise(3, 97, 131), 0, 2),
        "RGB of RGBA": noise(97, 131, 4)[:, :, :3],
        "smaller": noise(1, 1, 3),
        "wider": noise(3, 2000, 3),
    }
    stream.write(base)
    until_snapshot(stream, base)
    for name, frame in frames.items():
        stream.write(frame)
        assert np.array_equal(snapshot(stream), frame), name
        stream.write(memoryview(frame))
        assert np.array_equal(snapshot(stream), frame), f"memoryview, {name}"
    # Every order of the axes, mirrored and with gaps, by the native library and by numpy alone.
    library = stream._resources.server.library
    image = types.SimpleNamespace(map=mmap.mmap(-1, 100 * 100 * 4))
    for height, width, components in ((33, 70, 3), (70, 33, 4), (1, 5, 3), (64, 1, 4), (2, 16, 3)):
        for order in itertools.permutations(range(3)):
            shape = np.array((height, width, components))
            for steps in itertools.product((1, -1, 2), repeat=3):
                axes = noise(*(shape * np.abs(steps))[list(order)]).transpose(np.argsort(order))
                frame = axes[:: steps[0], :: steps[1], :: steps[2]]
                for path in (library, ""):
                    image.map[:] = bytes(len(image.map))
                    checked = copying.check_frame(frame)
                    copying.copy_frame(image, checked, path)
                    copied = np.frombuffer(image.map, np.uint8, frame.size).reshape(frame.shape)
                    assert np.array_equal(copied if checked[3] else copied[::-1], frame), (order, steps, path)
    assert copying._packers[library] is not None
    # A frame that is in the memory into which it is copied.
    image.map[:] = noise(len(image.map)).tobytes()
    own = np.frombuffer(image.map, np.uint8, 97 * 66 * 4).reshape(97, 66, 4)[:, :, :3]
    expected = own.copy()
    copying.copy_frame(image, copying.check_frame(own), library)
    assert np.array_equal(np.frombuffer(image.map, np.uint8, expected.size).reshape(expected.shape), expected)
    # The same bytes in the same buffers, with the rows in the other order.
    for orders in ("up", "up", "down", "down", "up", "down"):
        frame = base if orders == "up" else base[::-1]
        stream.write(frame)
        assert np.array_equal(snapshot(stream), frame), orders
    # More pixels than the segments hold.
    larger = np.zeros((2161, 3840, 3), np.uint8)
    larger[:97, :131] = base
    stream.write(larger)
    until_snapshot(stream, larger)
    stream.write(base)
    assert np.array_equal(snapshot(stream), base), "small again"
    transparent = noise(64, 48, 4)
    stream.write(transparent)
    until_snapshot(stream, transparent)
    stream.write(transparent[::-1])
    assert np.array_equal(snapshot(stream), transparent[::-1]), "RGBA, flipped"
