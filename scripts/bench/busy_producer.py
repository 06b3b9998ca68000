"""A FURY program whose picture takes as many bits as there are: a texture with grain that turns.

    busy_producer.py WIDTH HEIGHT FPS

Turning leaves no pixel's value as it was and is no motion that VP8 knows, so each frame is new in all its parts. It writes into
two image segments in FURY's layout, prints their names as a line of JSON, and removes them at SIGTERM. Needs numpy and PIL.
"""
import json
import os
import signal
import sys
import time
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
        smooth = [Image.fromarray(cells[:, :, each].astype(np.float32)).resize((side, side), Image.BICUBIC) for each in range(3)]
        sum_of += np.stack([np.asarray(each) for each in smooth], 2)
    return Image.fromarray(sum_of.clip(0, 255).astype(np.uint8))


def picture(number):
    left, top = (base.width - width) // 2, (base.height - height) // 2
    turned = base.rotate(number * DEGREES, Image.BILINEAR).crop((left, top, left + width, top + height))
    grain = random.normal(0, GRAIN, (height, width, 1))
    return (np.asarray(turned) + grain).clip(0, 255).astype(np.uint8)


base = texture(int((width**2 + height**2) ** 0.5) + 1)
there = [picture(number) for number in range(FRAMES)]
# There and back, without a jump.
pictures = there + there[-2:0:-1]
images = [shared_memory.SharedMemory(create=True, size=width * height * 3) for _ in range(2)]
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
    images[buffer].buf[: width * height * 3] = pictures[number % len(pictures)].data.cast("B")
    words[4 + 2 * buffer], words[5 + 2 * buffer] = width, height
    words[3] = buffer
    number += 1
    due = max(due + 1 / fps, time.perf_counter() - 0.1)
    time.sleep(max(0, due - time.perf_counter()))
words.release()
for segment in (*images, info):
    segment.unlink()
