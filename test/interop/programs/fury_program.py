"""A FURY program in plain CPython (multiprocessing.shared_memory and nothing else), as `scenecast serve` sees one.

    fury_program.py '{"size": [1920, 1080], "fps": 60, "queue": 20, "poll_ms": 3, "take": "one", "until": 5000}'

It prints the names of its segments as one line of JSON, writes frames of one grey value each, and dequeues events as FURY's
consumer does: every poll_ms one event ("take": "one") or all of them ("all"). It acquires the lock in two steps: check, then set.
A row is a view of shared memory that is read "dwell_ms" after the lock was released. "pauses" lists [events, seconds]: after
this number of events, dequeueing pauses for this time. After the event with the time stamp "until", or at SIGTERM, it prints
the dequeued events as a line of JSON and removes its segments.
"""
import json
import os
import signal
import struct
import sys
import time
from multiprocessing import shared_memory

DIMENSION = 8
options = {"size": [64, 48], "fps": 0, "buffers": 2, "queue": 20, "poll_ms": 3, "take": "one", "dwell_ms": 0,
           "pauses": [], "until": -1, **json.loads(sys.argv[1])}
width, height = options["size"]
buffers, queue_size = options["buffers"], options["queue"]
parent = os.getppid()


class Stop(Exception):
    pass


def stop(*_):
    raise Stop


signal.signal(signal.SIGTERM, stop)
images = [shared_memory.SharedMemory(create=True, size=width * height * 3) for _ in range(buffers)]
info = shared_memory.SharedMemory(create=True, size=(4 + 2 * buffers) * 4)
rows_segment = shared_memory.SharedMemory(create=True, size=(2 + DIMENSION * (queue_size + 1)) * 8)
head_tail = shared_memory.SharedMemory(create=True, size=12)
words = info.buf.cast("I")
words[0], words[1] = 2 + 2 * buffers, 1
struct.pack_into("<dd", rows_segment.buf, 0, queue_size, DIMENSION)
rows = rows_segment.buf[16:].cast("d")
state = head_tail.buf.cast("i")
state[0], state[1], state[2] = -1, -1, 0


def write_frame(number):
    buffer = (words[3] + 1) % buffers
    images[buffer].buf[: width * height * 3] = bytes([number * 61 & 0xFF]) * (width * height * 3)
    words[4 + 2 * buffer], words[5 + 2 * buffer] = width, height
    words[3] = buffer


def dequeue():
    row = None
    if state[2] == 0:
        state[2] = 1
        if state[0] != -1:
            head = state[0]
            row = rows[head * DIMENSION : (head + 1) * DIMENSION]
            if state[0] != state[1]:
                state[0] = (head + 1) % queue_size
            else:
                state[0] = -1
                state[1] = -1
        state[2] = 0
    return row


taken, received_ms, frames = [], [], 0
pauses = list(options["pauses"])


def take():
    """Takes what one poll takes; False when the last event was among it."""
    while (row := dequeue()) is not None:
        if options["dwell_ms"]:
            time.sleep(options["dwell_ms"] / 1000)
        taken.append(row.tolist())
        received_ms.append(time.time() * 1000)
        if taken[-1][6] == options["until"]:
            return False
        if pauses and len(taken) >= pauses[0][0]:
            time.sleep(pauses.pop(0)[1])
        if options["take"] == "one":
            break
    return True


print(json.dumps({
    "image_buffer_names": [each.name for each in images],
    "info_buffer_name": info.name,
    "queue_buffer_name": rows_segment.name,
    "queue_head_tail_buffer_name": head_tail.name,
}), flush=True)
try:
    poll, frame = options["poll_ms"] / 1000, 1 / options["fps"] if options["fps"] else 0
    next_poll = next_frame = time.perf_counter()
    while os.getppid() == parent:
        now = time.perf_counter()
        if frame and now >= next_frame:
            write_frame(frames)
            frames += 1
            next_frame = max(next_frame + frame, now - 0.5)
        if poll and now >= next_poll:
            if not take():
                break
            next_poll = max(next_poll + poll, now)
        due = min([each for each, period in ((next_poll, poll), (next_frame, frame)) if period], default=now + 0.1)
        time.sleep(max(0, due - time.perf_counter()))
except Stop:
    pass
finally:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    print(json.dumps({"frames": frames, "taken": taken, "received_ms": received_ms}), flush=True)
    for view in (words, rows, state):
        view.release()
    for segment in (*images, info, rows_segment, head_tail):
        segment.unlink()
