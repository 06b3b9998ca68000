"""A FURY program whose picture takes as many bits as there are: a texture with grain that turns.

    busy_producer.py WIDTH HEIGHT FPS

Turning leaves no pixel's value as it was and is no motion that VP8 knows, so each frame is new in all its parts. It writes into
two image segments in FURY's layout, with the stamp of test/support/fury_producer.py at the top, prints their names as a line of
JSON, and removes them at SIGTERM. Needs numpy and PIL.
"""
import json
import os
import signal
import sys
import time
import zlib
from multiprocessing import shared_memory

import numpy as np
from PIL import Image

width, height, fps = (int(each) for each in sys.argv[1:])
FRAMES, DEGREES = 24, 0.5
# Grey levels: of shapes of about 64, 16 and 4 px, and of grain, which no frame shares with another.
SHAPES, GRAIN = {64: 45, 16: 18, 4: 8}, 2
random = np.random.default_rng(1)


def texture(side):
    sum_of = np.full((side, side, 3), 128.0)
    for size, levels in SHAPES.items():
        cells = random.normal(0, levels, (side // size + 2, side // size + 2, 3))
        colours = [Image.fromarray(cells[:, :, each].astype(np.float32)) for each in range(3)]
        sum_of += np.stack([np.asarray(each.resize((side, side), Image.BICUBIC)) for each in colours], 2)
    return Image.fromarray(sum_of.clip(0, 255).astype(np.uint8))


def picture(number):
    left, top = (base.width - width) // 2, (base.height - height) // 2
    turned = base.rotate(number * DEGREES, Image.BILINEAR).crop((left, top, left + width, top + height))
    grain = random.normal(0, GRAIN, (height, width, 1))
    return (np.asarray(turned) + grain).clip(0, 255).astype(np.uint8)


def stamp(top_down, number):
    """40 bits of time in us, 24 of the number, 16 of CRC, as 2 rows of 40 blocks of 16 px."""
    head = (time.time_ns() // 1000 & 2**40 - 1).to_bytes(5, "big") + number.to_bytes(3, "big")
    bits = np.frombuffer(head + (zlib.crc32(head) & 0xFFFF).to_bytes(2, "big"), np.uint8)
    cells = np.unpackbits(bits).reshape(2, 40) * np.uint8(255)
    top_down[:32, :640] = cells.repeat(16, 0).repeat(16, 1)[:, :, None]


base = texture(int((width**2 + height**2) ** 0.5) + 1)
there = [picture(number) for number in range(FRAMES)]
# There and back, without a jump.
pictures = there + there[-2:0:-1]
size = width * height * 3
images = [shared_memory.SharedMemory(create=True, size=size) for _ in range(2)]
info = shared_memory.SharedMemory(create=True, size=(4 + 2 * len(images)) * 4)
words = info.buf.cast("I")
words[0], words[1] = 2 + 2 * len(images), 1
stopped = False


def stop(*_):
    global stopped
    stopped = True


signal.signal(signal.SIGTERM, stop)
print(json.dumps({"images": [each.name for each in images], "info": info.name}), flush=True)
parent, due, number = os.getppid(), time.perf_counter(), 0
while not stopped and os.getppid() == parent:
    buffer = (words[3] + 1) % len(images)
    shown = np.ndarray((height, width, 3), np.uint8, buffer=images[buffer].buf)
    shown[:] = pictures[number % len(pictures)]
    stamp(shown[::-1], number)
    del shown
    words[4 + 2 * buffer], words[5 + 2 * buffer] = width, height
    words[3] = buffer
    number += 1
    due = max(due + 1 / fps, time.perf_counter() - 0.1)
    time.sleep(max(0, due - time.perf_counter()))
words.release()
for segment in (*images, info):
    segment.unlink()
