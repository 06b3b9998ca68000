"""
Starts a server from a thread that ends, forks a child that exits as a Python program does, prints the ready line as JSON, and waits
for a line on standard input; then closes the server twice and prints its state.
"""

import json
import os
import sys
import threading

from scenecast.executable import Executable

servers = []
thread = threading.Thread(target=lambda: servers.append(Executable("view", port=0, token="secret-token")))
thread.start()
thread.join()
server = servers[0]

child = os.fork()
if child == 0:
    sys.exit()
os.waitpid(child, 0)

print(json.dumps({"url": server.url, "pid": server.pid, "view_url": server.view_url}))
sys.stdin.readline()
before = server.has_ended
server.close()
server.close()
print(json.dumps({"before": before, "after": server.has_ended}))
