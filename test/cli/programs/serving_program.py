"""A FURY program in plain CPython that turns a process of its own into `scenecast serve`, as the README says.

  serving_program.py fork|spawn|forkserver|widget COMMAND...

Each COMMAND argument is one of scenecast's own command line. It writes one grey frame and lives until it is killed.
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
    how, *command = sys.argv[1:]
    width, height = 32, 24
    info = shared_memory.SharedMemory(create=True, size=32)
    images = [shared_memory.SharedMemory(create=True, size=width * height * 3) for _ in range(2)]
    images[0].buf[:] = bytes([99]) * (width * height * 3)
    struct.pack_into("<8I", info.buf, 0, 6, 1, 0, 0, width, height, width, height)
    names = ",".join(image.name for image in images)
    serve = [*command, "serve", "--image-buffers", names, "--info-buffer", info.name, "--port", "0", "--json"]
    if how == "widget":
        # FURY's Widget starts Python with a text that becomes the server.
        subprocess.Popen([sys.executable, "-c", f"import os; os.execvp({serve[0]!r}, {serve!r})"])
    else:
        multiprocessing.get_context(how).Process(target=web_server, args=(serve,)).start()
    while True:
        time.sleep(60)
