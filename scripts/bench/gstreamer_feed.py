"""Hands a FURY program's frames to GStreamer's shmsrc where they lie, without a copy: the peer's way to the same frames.

    gstreamer_feed.py SOCKET BYTES INFO IMAGE...

Speaks the protocol of shmsrc (gst-plugins-bad, sys/shm/shmpipe.c) on the Unix socket SOCKET: tells it the image segments,
and at each new frame which one has it and that it has BYTES bytes. While GStreamer has not done with two, frames are left
out, so that it is never far behind. Ends when GStreamer does.
"""
import os
import socket
import struct
import sys
import time
from multiprocessing import resource_tracker, shared_memory

NEW_AREA, NEW_BUFFER = 1, 3
COMMAND = struct.Struct("=IiQQ")
MOST_UNDONE = 2
CURRENT = 3  # the word of FURY's info segment


def attach(name):
    segment = shared_memory.SharedMemory(name)
    resource_tracker.unregister(segment._name, "shared_memory")
    return segment


path, size, images = sys.argv[1], int(sys.argv[2]), sys.argv[4:]
info = attach(sys.argv[3])
words = info.buf.cast("I")
listener = socket.socket(socket.AF_UNIX)
listener.bind(path)
listener.listen(1)
print("ready", flush=True)
pipe, _ = listener.accept()
for area, image in enumerate(images):
    name = b"/" + image.encode() + b"\0"
    pipe.sendall(COMMAND.pack(NEW_AREA, area, os.stat("/dev/shm/" + image).st_size, len(name)) + name)
pipe.setblocking(False)
last, undone = words[CURRENT], 0
try:
    while True:
        index = words[CURRENT]
        if index != last and undone < MOST_UNDONE:
            last, undone = index, undone + 1
            pipe.sendall(COMMAND.pack(NEW_BUFFER, index, 0, size))
        # It says with each frame that it has done with; nothing at all says that it has ended.
        try:
            done = pipe.recv(1 << 16)
            if not done:
                break
            undone -= len(done) // COMMAND.size
        except BlockingIOError:
            pass
        time.sleep(0.0005)
except ConnectionError:
    pass
finally:
    words.release()
