"""The other end of FURY's shared memory, in plain CPython: multiprocessing.shared_memory and nothing else.

Takes one JSON command a line on stdin and answers each with one JSON line on stdout. It sets the queue's lock as FURY
does: it looks, and then sets it, two steps. When stdin ends it removes what it made.
"""
import json
import os
import signal
import struct
import sys
import time
from multiprocessing import resource_tracker, shared_memory


def attach(name):
    segment = shared_memory.SharedMemory(name)
    # Python 3.11 removes segments of others at exit, too (python/cpython#82300).
    resource_tracker.unregister(segment._name, "shared_memory")
    return segment


def create(size):
    segment = shared_memory.SharedMemory(create=True, size=size)
    made.append(segment)
    return segment


made, queues = [], []
parent = os.getppid()


def check_parent():
    """Ends an endless wait when the test that asked for it is gone."""
    if os.getppid() != parent:
        sys.exit(1)


class Images:
    def __init__(self, info, images):
        self.info, self.images, self.n = info, images, len(images)

    @staticmethod
    def create(width, height, n):
        images = Images(create((4 + 2 * n) * 4), [create(width * height * 3) for _ in range(n)])
        images.set(0, 2 + 2 * n)
        images.set(1, 1)
        return images

    def word(self, index):
        return struct.unpack_from("<I", self.info.buf, 4 * index)[0]

    def set(self, index, value):
        struct.pack_into("<I", self.info.buf, 4 * index, value)

    def write(self, width, height, pixels):
        buffer = (self.word(3) + 1) % self.n
        self.images[buffer].buf[: len(pixels)] = pixels
        self.set(4 + 2 * buffer, width)
        self.set(5 + 2 * buffer, height)
        self.set(3, buffer)

    def read(self):
        buffer = self.word(3)
        width, height = self.word(4 + 2 * buffer), self.word(5 + 2 * buffer)
        return {
            "buffer": buffer,
            "width": width,
            "height": height,
            "pixels": bytes(self.images[buffer].buf[: width * height * 3]).hex(),
        }


class Queue:
    def __init__(self, rows, head_tail):
        self.rows, self.head_tail = rows, head_tail
        max_size, dimension = struct.unpack_from("<dd", rows.buf, 0)
        self.max, self.dimension = int(max_size), int(dimension)
        self.words = head_tail.buf[:12].cast("i")
        queues.append(self)

    @staticmethod
    def create(max_size, dimension=8):
        rows, head_tail = create((2 + dimension * (max_size + 1)) * 8), create(12)
        struct.pack_into("<dd", rows.buf, 0, max_size, dimension)
        struct.pack_into("<iii", head_tail.buf, 0, -1, -1, 0)
        return Queue(rows, head_tail)

    def at(self, index):
        return (2 + index * self.dimension) * 8

    def take(self):
        if self.words[2] != 0:
            return None
        self.words[2] = 1
        head, tail, row = self.words[0], self.words[1], None
        if head != -1:
            row = struct.unpack_from(f"<{self.dimension}d", self.rows.buf, self.at(head))
            if head != tail:
                self.words[0] = (head + 1) % self.max
            else:
                self.words[0] = -1
                self.words[1] = -1
        self.words[2] = 0
        return row

    def put(self, row):
        if self.words[2] != 0:
            return False
        self.words[2] = 1
        head, tail = self.words[0], self.words[1]
        full = head != -1 and (tail + 1) % self.max == head
        if not full:
            following = 0 if head == -1 else (tail + 1) % self.max
            struct.pack_into(f"<{self.dimension}d", self.rows.buf, self.at(following), *row)
            self.words[1] = following
            if head == -1:
                self.words[0] = following
        self.words[2] = 0
        return not full


def run(command):
    global images, queue
    do = command["do"]
    names = command.get("names", {})
    if do == "attach_images":
        images = Images(attach(names["info_buffer_name"]), [attach(name) for name in names["image_buffer_names"]])
        return {"n": images.n, "first_words": [images.word(i) for i in range(4 + 2 * images.n)]}
    if do == "create_images":
        images = Images.create(command["width"], command["height"], command["buffers"])
        return {"image_buffer_names": [s.name for s in images.images], "info_buffer_name": images.info.name}
    if do == "write":
        images.write(command["width"], command["height"], bytes.fromhex(command["pixels"]))
        return {}
    if do == "read":
        return images.read()
    if do == "write_solid_frames":
        # Frame i is all of value i; the sizes alternate, so that a frame read with another's size shows.
        for i in range(1, command["count"] + 1):
            width, height = (command["width"], command["height"]) if i % 2 else (command["width"] // 2, command["height"])
            images.write(width, height, bytes([i & 0xFF]) * (width * height * 3))
            time.sleep(command["pause"])
        return {}
    if do == "attach_queue":
        queue = Queue(attach(names["queue_buffer_name"]), attach(names["queue_head_tail_buffer_name"]))
        return {"max": queue.max, "dimension": queue.dimension}
    if do == "create_queue":
        queue = Queue.create(command["max"])
        return {"queue_buffer_name": queue.rows.name, "queue_head_tail_buffer_name": queue.head_tail.name}
    if do == "take":
        rows = []
        while len(rows) < command["count"]:
            row = queue.take()
            if row is not None:
                rows.append(row)
            else:
                check_parent()
                time.sleep(command.get("pause", 0))
        return {"rows": rows}
    if do == "put":
        return {"taken": [queue.put(row) for row in command["rows"]]}
    if do == "put_all":
        for row in command["rows"]:
            while not queue.put(row):
                check_parent()
                time.sleep(command.get("pause", 0))
        return {}
    if do == "lock":
        queue.words[2] = 1
        return {}
    raise ValueError(do)


signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
try:
    for line in sys.stdin:
        print(json.dumps(run(json.loads(line))), flush=True)
finally:
    for each in queues:
        each.words.release()
    for segment in made:
        segment.unlink()
