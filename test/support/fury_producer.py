#!/usr/bin/python3
"""A frame producer in plain Python that speaks FURY's shared-memory layout.

It stands in for a Python program that uses FURY's stream client: CPython's own
multiprocessing.shared_memory makes the segments, numpy writes the frames. It needs
Debian's python3-numpy (and python3-pil for --mode scene) and nothing else.

  /usr/bin/python3 fury_producer.py --size 1280x720 --fps 60 --queue 20 --seconds 20

First line on stdout: JSON with the segment names. Last line: JSON with what it wrote
and which events it took off the queue. SIGTERM ends it; the segments are then unlinked
(with --leak they are left behind, as after a crash).

Modes: scene   a picture of a scene that moves, with a time stamp and a tear strip
       solid   one grey value per frame (a mixed frame is a torn frame)
       static  one frame, written once
       silent  segments only, no frame is ever written

Licence: MIT, as the repository.
"""
import argparse, json, os, signal, sys, time, zlib
from multiprocessing import resource_tracker, shared_memory
import numpy as np

BLOCK, PER_ROW = 16, 40          # the stamp: 2 rows of 40 bits, 16x16 px each


def stamp(image, seq):
    """image: (h, w, 3) uint8, top-down. 40 bits of time in us, 24 of seq, 16 of crc, then a grey strip."""
    now = (time.time_ns() // 1000) & ((1 << 40) - 1)
    seq &= 0xFFFFFF
    crc = zlib.crc32(now.to_bytes(5, "big") + seq.to_bytes(3, "big")) & 0xFFFF
    bits = ((now << 40) | (seq << 16) | crc).to_bytes(10, "big")
    cells = np.unpackbits(np.frombuffer(bits, np.uint8)).reshape(2, PER_ROW) * np.uint8(255)
    image[: 2 * BLOCK, : PER_ROW * BLOCK] = np.repeat(np.repeat(cells, BLOCK, 0), BLOCK, 1)[:, :, None]
    image[2 * BLOCK :, :BLOCK] = (seq * 61) & 0xFF


class Frames:
    """n image segments of max_w*max_h*3 bytes (RGB, bottom-up, packed) and one info segment of uint32."""

    def __init__(self, max_w, max_h, n):
        self.n, self.index = n, 0
        self.images = [shared_memory.SharedMemory(create=True, size=max_w * max_h * 3) for _ in range(n)]
        self.views = [np.ndarray(max_w * max_h * 3, np.uint8, buffer=s.buf) for s in self.images]
        self.info = shared_memory.SharedMemory(create=True, size=(4 + 2 * n) * 4)
        self.words = np.ndarray(4 + 2 * n, np.uint32, buffer=self.info.buf)
        self.words[0], self.words[1] = 2 + 2 * n, 1      # the rest stays 0 until the first frame

    def write(self, bottom_up):
        h, w, _ = bottom_up.shape
        nxt = (int(self.words[3]) + 1) % self.n
        self.views[nxt][: w * h * 3] = bottom_up.reshape(-1)
        self.words[4 + 2 * nxt], self.words[5 + 2 * nxt] = w, h
        self.words[3] = nxt


class Queue:
    """float64 rows of 8 behind [max_size, 8]; int32 head, tail, lock in a segment of its own."""

    def __init__(self, max_size, dim=8):
        self.max, self.dim = max_size, dim
        self.rows_shm = shared_memory.SharedMemory(create=True, size=(2 + dim * (max_size + 1)) * 8)
        self.rows = np.ndarray(2 + dim * (max_size + 1), np.float64, buffer=self.rows_shm.buf)
        self.rows[:2] = max_size, dim
        self.ht_shm = shared_memory.SharedMemory(create=True, size=12)
        self.ht = np.ndarray(3, np.int32, buffer=self.ht_shm.buf)
        self.ht[:] = -1, -1, 0

    def take(self):
        if self.ht[2] != 0:
            return None
        self.ht[2] = 1
        head, tail = int(self.ht[0]), int(self.ht[1])
        row = None
        if head != -1:
            row = self.rows[2 + head * self.dim : 2 + (head + 1) * self.dim].copy()
            if head != tail:
                self.ht[0] = (head + 1) % self.max
            else:
                self.ht[0] = self.ht[1] = -1
        self.ht[2] = 0
        return row


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--size", default="1280x720")
    ap.add_argument("--max-size", help="size of the segments (default: --size)")
    ap.add_argument("--fps", type=float, default=60)
    ap.add_argument("--mode", choices=["scene", "solid", "static", "silent"], default="scene")
    ap.add_argument("--buffers", type=int, default=2)
    ap.add_argument("--queue", type=int, default=20)
    ap.add_argument("--poll-ms", type=float, default=3, help="how often the event queue is drained; 0: never")
    ap.add_argument("--seconds", type=float, default=20)
    ap.add_argument("--picture", default=os.path.join(os.path.dirname(__file__), "../data/scene-1280x720.png"))
    ap.add_argument("--leak", action="store_true")
    a = ap.parse_args()
    w, h = map(int, a.size.split("x"))
    mw, mh = map(int, (a.max_size or a.size).split("x"))

    frames, queue = Frames(mw, mh, a.buffers), Queue(a.queue)
    print(json.dumps({
        "image_buffer_names": [s.name for s in frames.images], "info_buffer_name": frames.info.name,
        "queue_buffer_name": queue.rows_shm.name, "queue_head_tail_buffer_name": queue.ht_shm.name,
        "w": w, "h": h, "num_buffers": a.buffers}), flush=True)

    stop = []
    for s in (signal.SIGTERM, signal.SIGINT):
        signal.signal(s, lambda *_: stop.append(1))

    pool = None
    if a.mode in ("scene", "static"):
        from PIL import Image
        base = np.asarray(Image.open(a.picture).convert("RGB").resize((w, h)))
        pool = [np.ascontiguousarray(np.roll(base, 7 * i, 1)[::-1]) for i in range(16)]
    solid = np.empty((h, w, 3), np.uint8)

    def put(seq):
        if a.mode == "solid":
            solid[:] = (seq * 61) & 0xFF
            frames.write(solid)
        else:
            f = pool[seq % len(pool)]
            stamp(f[::-1], seq)
            frames.write(f)

    seq, events, latency = 0, [], []
    start = time.perf_counter()
    due = poll = start
    while not stop and (now := time.perf_counter()) - start < a.seconds:
        if a.mode in ("scene", "solid") and now >= due or a.mode == "static" and seq == 0:
            put(seq)
            seq += 1
            due = max(due + 1 / a.fps, now - 0.5)
        if a.poll_ms and now >= poll:
            poll = now + a.poll_ms / 1e3
            while (row := queue.take()) is not None:
                events.append(row.tolist())
                latency.append(time.time_ns() / 1e6 - row[6])
        time.sleep(0.0005)
    took = time.perf_counter() - start
    lat = sorted(latency)
    print(json.dumps({
        "frames": seq, "fps": round(seq / took, 1), "events": len(events), "ids": sorted({int(e[0]) for e in events}),
        "latency_ms_median": round(lat[len(lat) // 2], 3) if lat else None,
        "latency_ms_p95": round(lat[int(len(lat) * 0.95)], 3) if lat else None,
        "first_rows": events[:5]}), flush=True)
    for s in [*frames.images, frames.info, queue.rows_shm, queue.ht_shm]:
        if a.leak:
            resource_tracker.unregister(s._name, "shared_memory")
        else:
            s.unlink()
    os._exit(0)          # numpy views still map the segments; skip their noisy close


main()
