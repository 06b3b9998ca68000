"""A producer of numpy frames for tests and benchmarks, on the segments of examples/segments.py. Needs numpy, and PIL for scene and grain.

    numpy_producer.py --mode scene --size 1280x720 --fps 60

First line on standard output: the JSON that `scenecast serve --names -` reads. Last line, after SIGTERM: JSON with the number of frames
written and the events taken off the queue.

Modes:
    scene   600 shaded spheres (or --image FILE) that move sideways, with a time stamp and a tear strip
    static  the first frame of scene, written once
    solid   one grey value per frame: a frame with two values is torn
    grain   a rotating texture with noise and a time stamp: no motion that VP8 can predict, so every frame needs all bits available
    silent  no frame is written
"""
import argparse
import json
import os
import signal
import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[3] / "examples"))
from segments import Segments
from time_stamp import stamp

SCENE_FRAMES, SCENE_STEP_PX = 16, 7
GRAIN_FRAMES, GRAIN_STEP_DEGREES = 24, 0.5
# Standard deviation of the grey values of shapes of about 64, 16 and 4 px, and of the noise, which differs in each frame.
GRAIN_SHAPES, GRAIN_NOISE = {64: 45, 16: 18, 4: 8}, 2


def spheres(width, height):
    """A top-down image of 600 shaded spheres on a dark background."""
    random = np.random.default_rng(1)
    image = np.full((height, width, 3), (26, 26, 36), np.uint8)
    for _ in range(600):
        radius = int(random.integers(2, max(4, height // 70)))
        x = int(np.clip(random.normal(width / 2, width / 12), radius, width - radius - 1))
        y = int(np.clip(random.normal(height / 2, height / 8), radius, height - radius - 1))
        across, down = np.meshgrid(*[np.arange(-radius, radius + 1) / radius] * 2)
        depth = 1 - across**2 - down**2
        light = np.sqrt(depth.clip(0))[:, :, None] * 0.8 + 0.2
        patch = image[y - radius : y + radius + 1, x - radius : x + radius + 1]
        patch[depth > 0] = (random.integers(0, 256, 3) * light)[depth > 0]
    return image


def scene_frames(width, height, path):
    from PIL import Image

    image = np.asarray(Image.open(path).convert("RGB").resize((width, height))) if path else spheres(width, height)
    return [np.roll(image, SCENE_STEP_PX * number, 1) for number in range(SCENE_FRAMES)]


def grain_frames(width, height):
    from PIL import Image

    random = np.random.default_rng(1)
    side = int((width**2 + height**2) ** 0.5) + 1
    texture = np.full((side, side, 3), 128.0)
    for size, deviation in GRAIN_SHAPES.items():
        cells = random.normal(0, deviation, (side // size + 2, side // size + 2, 3))
        planes = [Image.fromarray(cells[:, :, plane].astype(np.float32)) for plane in range(3)]
        texture += np.stack([np.asarray(plane.resize((side, side), Image.BICUBIC)) for plane in planes], 2)
    texture = Image.fromarray(texture.clip(0, 255).astype(np.uint8))

    def frame(number):
        left, top = (side - width) // 2, (side - height) // 2
        rotated = texture.rotate(number * GRAIN_STEP_DEGREES, Image.BILINEAR)
        noise = random.normal(0, GRAIN_NOISE, (height, width, 1))
        return (np.asarray(rotated.crop((left, top, left + width, top + height))) + noise).clip(0, 255).astype(np.uint8)

    forward = [frame(number) for number in range(GRAIN_FRAMES)]
    return forward + forward[-2:0:-1]


parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--mode", choices=["scene", "static", "solid", "grain", "silent"], default="scene")
parser.add_argument("--size", default="1280x720")
parser.add_argument("--fps", type=float, default=60)
parser.add_argument("--queue", type=int, default=20, help="size of the event queue")
parser.add_argument("--poll-ms", type=float, default=3, help="interval at which the event queue is emptied; 0: never")
parser.add_argument("--image", help="the image of scene and static")
options = parser.parse_args()
width, height = (int(side) for side in options.size.split("x"))

# The frames are made before the names are printed: a reader that attaches then does not wait for them.
top_down = []
if options.mode in ("scene", "static"):
    top_down = scene_frames(width, height, options.image)
elif options.mode == "grain":
    top_down = grain_frames(width, height)
frames = [np.ascontiguousarray(frame[::-1]) for frame in top_down]
solid = np.empty((height, width, 3), np.uint8)

stopped = False


def stop(*_):
    global stopped
    stopped = True


signal.signal(signal.SIGTERM, stop)
segments = Segments(width, height, options.queue)
print(segments.names(), flush=True)
parent, due, poll = os.getppid(), time.perf_counter(), time.perf_counter()
sequence, events = 0, []
while not stopped and os.getppid() == parent:
    now = time.perf_counter()
    if now >= due and options.mode != "silent" and (options.mode != "static" or sequence == 0):
        if options.mode == "solid":
            solid[:] = (sequence * 61) & 0xFF
            segments.write(solid)
        else:
            frame = frames[sequence % len(frames)]
            stamp(frame[::-1], sequence, options.mode != "grain")
            segments.write(frame)
        sequence += 1
        due = max(due + 1 / options.fps, now - 0.5)
    if options.poll_ms and now >= poll:
        poll = now + options.poll_ms / 1000
        events.extend(segments.events())
    time.sleep(0.0005)
ids = sorted({int(row[0]) for row in events})
print(json.dumps({"frames": sequence, "events": len(events), "ids": ids, "first_rows": events[:5]}), flush=True)
segments.close()
