"""FURY program in plain CPython that starts `scenecast serve` for its frames, as the documentation shows.

  serving_program.py fork|spawn|forkserver|widget COMMAND...

COMMAND is the command line of scenecast. Writes one grey frame and runs until it is killed.
"""
import multiprocessing
import os
import struct
import subprocess
import sys
import time
from multiprocessing import shared_memory


def web_server(arguments):
    os.execvp(arguments[0], arguments)


if __name__ == "__main__":
    method, *command = sys.argv[1:]
    width, height = 32, 24
    info = shared_memory.SharedMemory(create=True, size=32)
    images = [shared_memory.SharedMemory(create=True, size=width * height * 3) for _ in range(2)]
    images[0].buf[:] = bytes([99]) * (width * height * 3)
    struct.pack_into("<8I", info.buf, 0, 6, 1, 0, 0, width, height, width, height)
    names = ",".join(image.name for image in images)
    serve = [*command, "serve", "--image-buffers", names, "--info-buffer", info.name, "--port", "0", "--json"]
    if method == "widget":
        # As FURY's Widget: another Python process becomes the server.
        subprocess.Popen([sys.executable, "-c", f"import os; os.execvp({serve[0]!r}, {serve!r})"])
    else:
        multiprocessing.get_context(method).Process(target=web_server, args=(serve,)).start()
    while True:
        time.sleep(60)
