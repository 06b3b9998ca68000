"""Producer with FURY's shared-memory layout in plain CPython: writes grey frames and dequeues events.

  producer.py [--size 64x48] [--buffers 2] [--grey 100] [--queue 8] [--name NAME] [--silent] [--leak]

Prints the names of its segments as FURY's JSON. Then executes one JSON command per line of standard input and answers each with
one JSON line, while it writes frames and dequeues events. Exits and removes its segments when its input ends or by SIGTERM.
"""
import argparse
import json
import os
import select
import signal
import struct
import sys
from multiprocessing import resource_tracker, shared_memory

parser = argparse.ArgumentParser()
parser.add_argument("--size", default="64x48")
parser.add_argument("--buffers", type=int, default=2)
parser.add_argument("--grey", type=int, default=100)
parser.add_argument("--queue", type=int, default=8)
parser.add_argument("--name", help="prefix of the segment names, instead of random names")
parser.add_argument("--silent", action="store_true", help="write no frames until a command enables it")
parser.add_argument("--leak", action="store_true", help="hide the segments from the resource tracker, so that they remain after a kill")
options = parser.parse_args()
width, height = map(int, options.size.split("x"))

segments = {}


def create(name, size):
    full_name = f"{options.name}-{name}" if options.name else None
    segments[name] = shared_memory.SharedMemory(full_name, create=True, size=size)
    if options.leak:
        resource_tracker.unregister(segments[name]._name, "shared_memory")
    return segments[name].buf


info = create("info", (4 + 2 * options.buffers) * 4)
images = [create(f"image{i}", width * height * 3) for i in range(options.buffers)]
rows = create("queue", (2 + 8 * (options.queue + 1)) * 8)
head_tail = create("head_tail", 12)
struct.pack_into("<II", info, 0, 2 + 2 * options.buffers, 1)
struct.pack_into("<dd", rows, 0, options.queue, 8)
struct.pack_into("<iii", head_tail, 0, -1, -1, 0)


def word(index):
    return struct.unpack_from("<I", info, 4 * index)[0]


def set_words(index, *values):
    struct.pack_into(f"<{len(values)}I", info, 4 * index, *values)


def write(grey):
    buffer = (word(3) + 1) % options.buffers
    images[buffer][:] = bytes([grey]) * (width * height * 3)
    set_words(4 + 2 * buffer, width, height)
    set_words(3, buffer)


def dequeue():
    head, tail, lock = struct.unpack_from("<iii", head_tail, 0)
    if lock != 0 or head == -1:
        return None
    struct.pack_into("<i", head_tail, 8, 1)
    row = struct.unpack_from("<8d", rows, (2 + head * 8) * 8)
    struct.pack_into("<ii", head_tail, 0, *((-1, -1) if head == tail else ((head + 1) % options.queue, tail)))
    struct.pack_into("<i", head_tail, 8, 0)
    return row


events = []
state = {"writing": not options.silent, "dequeuing": True, "grey": options.grey}


def run(command):
    name = command["command"]
    if name == "state":
        state.update(command["state"])
        return {}
    if name == "set-words":
        set_words(command["index"], *command["values"])
        return {}
    if name == "truncate":
        os.truncate(f"/dev/shm/{segments[command['segment']].name}", command["size"])
        return {}
    if name == "lock":
        struct.pack_into("<i", head_tail, 8, 1)
        return {}
    if name == "events":
        return {"events": events, "lock": struct.unpack_from("<i", head_tail, 8)[0]}
    raise ValueError(name)


def clean_up(*_):
    for segment in segments.values():
        try:
            segment.unlink()
        except FileNotFoundError:
            pass  # a test has removed it
    os._exit(0)


for number in (signal.SIGTERM, signal.SIGINT):
    signal.signal(number, clean_up)
names = {name: segment.name for name, segment in segments.items()}
print(
    json.dumps(
        {
            "image_buffer_names": [names[f"image{i}"] for i in range(options.buffers)],
            "info_buffer_name": names["info"],
            "queue_buffer_name": names["queue"],
            "queue_head_tail_buffer_name": names["head_tail"],
        }
    ),
    flush=True,
)
while True:
    if select.select([sys.stdin], [], [], 0.01)[0]:
        line = sys.stdin.readline()
        if line == "":
            clean_up()
        print(json.dumps(run(json.loads(line))), flush=True)
    if state["writing"]:
        write(state["grey"])
    if state["dequeuing"]:
        while (row := dequeue()) is not None:
            events.append(row)
