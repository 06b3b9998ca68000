"""A WebRTC server in real CPython (Debian's python3-aiortc), to test viewers and links without our own server.

    aiortc_server.py '{"size": [640, 360], "fps": 30}'

Answers `POST /offer` (FURY's JSON) and `POST /whep` with DELETE, and sends generated frames: four quarters of one color each, and at
the top the time stamp of time_stamp.py if the frame is wide enough. Echoes messages on data channels with the prefix "echo ". The first line
of its output is JSON with its "url"; the end of its input or SIGTERM ends it.
"""
import asyncio
import json
import signal
import sys
import time
from fractions import Fraction

import aioice.ice
import numpy as np
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription, VideoStreamTrack
from av import VideoFrame
from time_stamp import BITS_PER_ROW, BLOCK, stamp

options = {"size": [640, 360], "fps": 30, **json.loads(sys.argv[1])}
aioice.ice.get_host_addresses = lambda use_ipv4, use_ipv6: ["127.0.0.1"]
width, height = options["size"]
QUARTERS = [[200, 40, 40], [40, 200, 40], [40, 40, 200], [120, 120, 120]]

picture = np.empty((height, width, 3), np.uint8)
for index, color in enumerate(QUARTERS):
    top, left = index // 2 * (height // 2), index % 2 * (width // 2)
    picture[top : top + (height + 1) // 2, left : left + (width + 1) // 2] = color


class Frames(VideoStreamTrack):
    def __init__(self):
        super().__init__()
        self._frames = 0
        self._start = time.perf_counter()

    async def recv(self):
        due = self._start + self._frames / options["fps"]
        await asyncio.sleep(max(0, due - time.perf_counter()))
        image = picture.copy()
        if width >= BITS_PER_ROW * BLOCK:
            stamp(image, self._frames)
        frame = VideoFrame.from_ndarray(image, format="rgb24")
        frame.pts, frame.time_base = int(self._frames * 90_000 / options["fps"]), Fraction(1, 90_000)
        self._frames += 1
        return frame


connections = {}


async def answer(offer):
    """The SDP of the answer, and the session's number for DELETE."""
    connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    number = str(len(connections))
    connections[number] = connection

    @connection.on("datachannel")
    def on_channel(channel):
        channel.on("message", lambda data: channel.send(f"echo {data}"))

    await connection.setRemoteDescription(RTCSessionDescription(sdp=offer, type="offer"))
    connection.addTrack(Frames())
    await connection.setLocalDescription(await connection.createAnswer())
    return connection.localDescription.sdp, number


async def respond(method, path, body):
    """Status, additional headers and body."""
    if method == "POST" and path == "/offer":
        sdp, _ = await answer(json.loads(body)["sdp"])
        return 200, {"content-type": "application/json"}, json.dumps({"sdp": sdp, "type": "answer"})
    if method == "POST" and path == "/whep":
        sdp, number = await answer(body)
        return 201, {"content-type": "application/sdp", "location": f"/whep/{number}"}, sdp
    if method == "DELETE" and path.removeprefix("/whep/") in connections:
        await connections.pop(path.removeprefix("/whep/")).close()
        return 200, {}, ""
    return 404, {}, "There is nothing here."


async def serve(reader, writer):
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        method, path, _ = head[0].split(" ")
        headers = dict(line.lower().split(": ", 1) for line in head[1:] if line)
        body = (await reader.readexactly(int(headers.get("content-length", 0)))).decode()
        status, more, text = await respond(method, path.split("?")[0], body)
        lines = [f"HTTP/1.1 {status} -", "connection: close", f"content-length: {len(text.encode())}"]
        lines += [f"{name}: {value}" for name, value in more.items()]
        writer.write("\r\n".join([*lines, "", text]).encode())
        await writer.drain()
    except asyncio.IncompleteReadError:
        # A browser has opened a connection in advance.
        pass
    finally:
        writer.close()


async def main():
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    loop.add_reader(sys.stdin, lambda: sys.stdin.read(1) or stop.set())
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    print(json.dumps({"url": f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"}), flush=True)
    await stop.wait()
    server.close()
    await asyncio.gather(*(connection.close() for connection in connections.values()))


asyncio.run(main())
