"""Measures scenecast.Stream; prints JSON.

python_stream.py write: median CPU times of a 1080p frame in ms, beside a memcpy of the same bytes into the same kind of memory in turn, and
the progress of a counting thread while frames are written, as a share of its progress while the main thread sleeps.
python_stream.py events: prints the address, and the latencies of the events in ms while 60 frames of 720p are written each second.
python_stream.py import: time of `import scenecast` and of scenecast.Stream after it, in ms.
"""
import ctypes
import json
import random
import sys
import threading
import time

FRAMES = 200
COUNT_SECONDS = 1.0


def median(values):
    return sorted(values)[len(values) // 2]


def timed(action, clock):
    started = clock()
    action()
    return 1000 * (clock() - started)


def measure_write():
    import numpy as np

    import scenecast
    from scenecast.segment import Segment

    frame = np.random.default_rng(0).integers(0, 256, (1080, 1920, 3), np.uint8)
    rgba = np.random.default_rng(1).integers(0, 256, (1080, 1920, 4), np.uint8)
    columns = np.ascontiguousarray(frame.transpose(1, 0, 2))
    with scenecast.Stream((1920, 1080)) as stream:
        segments = [Segment(frame.nbytes) for _ in range(2)]
        targets = []
        for segment in segments:
            segment.reserve(frame.nbytes)
            targets.append(ctypes.addressof(ctypes.c_char.from_buffer(segment.map)))
        actions = {
            "memcpy": lambda: ctypes.memmove(targets[0], frame.ctypes.data, frame.nbytes),
            "contiguous": lambda: stream.write(frame),
            "flipped": lambda: stream.write(frame[::-1]),
            "rgb_of_rgba": lambda: stream.write(rgba[:, :, :3]),
            "bgr": lambda: stream.write(frame[:, :, ::-1]),
            "transposed": lambda: stream.write(columns.transpose(1, 0, 2)),
        }
        times = {name: [] for name in actions}
        # In random order, since each finds in the caches what the one before has left there.
        order = random.Random(0)
        for _ in range(FRAMES):
            targets.reverse()
            for name in order.sample(sorted(actions), len(actions)):
                times[name].append(timed(actions[name], time.thread_time))
        result = {name: median(values) for name, values in times.items()}

        idle = progress(lambda: time.sleep(0.01))
        result["gil"] = progress(actions["contiguous"]) / idle
        # The same copy, but with the GIL.
        lines = memoryview(frame).cast("B")
        target = memoryview(segments[0].map)
        result["gil_held"] = progress(lambda: target.__setitem__(slice(None), lines)) / idle
        target.release()
        for segment in segments:
            segment.close()
    return result


def progress(action):
    """How far a thread counts while this one repeats an action."""
    count, ended = 0, False

    def run():
        nonlocal count
        while not ended:
            count += 1

    thread = threading.Thread(target=run)
    thread.start()
    until = time.perf_counter() + COUNT_SECONDS
    while time.perf_counter() < until:
        action()
    ended = True
    thread.join()
    return count


def measure_events():
    import numpy as np

    import scenecast

    frame = np.zeros((720, 1280, 3), np.uint8)
    latencies, ended = [], threading.Event()

    def received(event):
        latencies.append(1000 * (time.time() - event["time_stamp"]))

    with scenecast.Stream((1280, 720), events=received) as stream:
        stream.on("key_down", lambda event: ended.set())
        stream.write(frame)
        print(json.dumps({"url": stream.url}), flush=True)
        due = time.perf_counter()
        while not ended.is_set():
            stream.write(frame)
            due += 1 / 60
            time.sleep(max(0, due - time.perf_counter()))
    return latencies[:-1]


def measure_import():
    imported = timed(lambda: __import__("scenecast"), time.perf_counter)
    return {"module": imported, "stream": timed(lambda: sys.modules["scenecast"].Stream, time.perf_counter)}


print(json.dumps({"write": measure_write, "events": measure_events, "import": measure_import}[sys.argv[1]]()))
