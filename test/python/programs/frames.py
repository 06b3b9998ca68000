"""Writes frames of all kinds and checks that /snapshot.png is equal to each."""
import numpy as np
from picture import noise, snapshot, until_snapshot

import scenecast

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
