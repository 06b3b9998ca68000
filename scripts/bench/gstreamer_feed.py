"""Passes the frames of a producer to GStreamer's shmsrc without a copy.

    gstreamer_feed.py SOCKET BYTES INFO IMAGE...

Implements the protocol of shmsrc (gst-plugins-bad, sys/shm/shmpipe.c) on the Unix socket SOCKET: announces the image segments, and for
each new frame its segment and its size, BYTES. Skips frames while GStreamer uses two, so that its queue stays short. Ends when
GStreamer does.
"""
import os
import socket
import struct
import sys
import time
from multiprocessing import resource_tracker, shared_memory

NEW_AREA, NEW_BUFFER = 1, 3
COMMAND = struct.Struct("=IiQQ")
MAX_IN_USE = 2
CURRENT = 3  # index of the word in the info segment


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
last, in_use = words[CURRENT], 0
try:
    while True:
        index = words[CURRENT]
        if index != last and in_use < MAX_IN_USE:
            last, in_use = index, in_use + 1
            pipe.sendall(COMMAND.pack(NEW_BUFFER, index, 0, size))
        # GStreamer acknowledges each frame that it has finished; an empty read means that it has ended.
        try:
            done = pipe.recv(1 << 16)
            if not done:
                break
            in_use -= len(done) // COMMAND.size
        except BlockingIOError:
            pass
        time.sleep(0.0005)
except ConnectionError:
    pass
finally:
    words.release()
