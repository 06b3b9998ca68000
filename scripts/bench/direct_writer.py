"""Writes events directly into FURY's queue, as FURY's server does: the baseline of the case events.

    direct_writer.py QUEUE HEAD_TAIL PER_SECOND COUNT

The time stamp of a row is the time before it is written, ms since 1970. A row is dropped if the queue is full or locked, as FURY does;
the last, with time stamp 1, is repeated until it is written. Prints the number of dropped rows.
"""
import struct
import sys
import time
from multiprocessing import resource_tracker, shared_memory


def attach(name):
    segment = shared_memory.SharedMemory(name)
    resource_tracker.unregister(segment._name, "shared_memory")
    return segment


queue, head_tail = attach(sys.argv[1]), attach(sys.argv[2])
per_second, count = float(sys.argv[3]), int(sys.argv[4])
state = head_tail.buf[:12].cast("i")
max_size = int(struct.unpack_from("<d", queue.buf, 0)[0])


def put(event, stamp):
    if state[2] != 0:
        return False
    state[2] = 1
    head, tail = state[0], state[1]
    full = head != -1 and (tail + 1) % max_size == head
    if not full:
        following = 0 if head == -1 else (tail + 1) % max_size
        struct.pack_into("<8d", queue.buf, 16 + 64 * following, event, 0, 0.5, 0.5, 0, 0, stamp, 0)
        state[1] = following
        if head == -1:
            state[0] = following
    state[2] = 0
    return not full


dropped, sent, start = 0, 0, time.perf_counter()
while sent < count:
    due = min(count, 1 + int((time.perf_counter() - start) * per_second))
    while sent < due:
        dropped += not put(3 + sent % 2, time.time() * 1000)
        sent += 1
    time.sleep(0.0005)
while not put(4, 1):
    time.sleep(0.001)
print(dropped)
state.release()
