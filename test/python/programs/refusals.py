"""Prints the sentence for each thing that cannot be written, and checks that the stream works afterwards."""
import multiprocessing
import os
import pickle
import time

import numpy as np
from picture import noise, snapshot

import scenecast


def mapped():
    """The segments that this process has mapped."""
    with open("/proc/self/maps") as maps:
        return {line.split("/dev/shm/")[1].split()[0] for line in maps if "/dev/shm/scenecast_" in line}


def refused(action, *errors):
    try:
        action()
    except errors as error:
        print(f"{type(error).__name__}: {error}".replace(str(os.getpid()), "PID").replace(str(os.getppid()), "PPID"), flush=True)
    else:
        raise AssertionError("nothing was refused")


def in_child(stream):
    refused(lambda: stream.write(noise(9, 16, 3)), RuntimeError)
    refused(lambda: stream.on("*", print), RuntimeError)
    assert list(stream.events(timeout=None)) == []
    stream.close()


if __name__ == "__main__":
    frame = noise(90, 160, 3)
    stream = scenecast.Stream((160, 90))
    stream.write(frame)
    for wrong in (
        frame.astype(np.float32),
        frame[:, :, 0],
        frame[:, :, :2],
        frame[:0],
        noise(2, 2, 2, 3),
        np.lib.stride_tricks.as_strided(frame, (70000, 1, 3), (0, 0, 1)),
        [[1, 2, 3]],
        "a text",
        None,
    ):
        refused(lambda: stream.write(wrong), TypeError, ValueError)
    refused(lambda: scenecast.Stream((0, 90)), ValueError)
    refused(lambda: scenecast.Stream((160, 90.5)), ValueError)
    refused(lambda: scenecast.Stream(160), ValueError)
    refused(lambda: pickle.dumps(stream), TypeError)
    for method in ("fork", "spawn"):
        child = multiprocessing.get_context(method).Process(target=in_child, args=(stream,))
        if method == "spawn":
            refused(child.start, TypeError)
            continue
        child.start()
        child.join()
        assert child.exitcode == 0
    assert np.array_equal(snapshot(stream), frame), "the stream works after all that"
    stream.on("*", print)
    segments = mapped()
    assert len(segments) == 5, segments
    stream.close()
    stream.close()
    while mapped():
        time.sleep(0.01)  # until the thread of the events has woken up
    refused(lambda: stream.write(frame), RuntimeError)
    assert stream.viewers == 0
    assert segments.isdisjoint(os.listdir("/dev/shm"))
