"""A WebRTC viewer in real CPython: Debian's python3-aiortc. See ../aiortc-viewer.ts, which starts it.

    aiortc_viewer.py '{"url": "http://127.0.0.1:8000/", "via": "whep", "channels": [{"label": "moves", "ordered": false}]}'

Offers to receive video, by `POST offer` with FURY's JSON ("via": "offer") or by `POST whep` (the WHEP draft), and prints events as
lines of JSON, each with "event" and "at" (ms since 1970). For each frame it prints the size, the mean color of each quarter, and the
time stamp of time_stamp.py, if any. Reads commands from standard input as lines like
{"do": "send", "channel": "moves", "data": "..."}. The end of its input or SIGTERM ends it, after a DELETE if it came by WHEP.

aiortc returns a frame when the first packet of the next one is received. "complete_at_marker": true returns it at its own last
packet, as browsers do: for measuring ages, and for still views.
"""
import asyncio
import json
import os
import signal
import sys
import time
import traceback
import urllib.error
import urllib.parse
import urllib.request
import zlib

import aioice.ice
import aiortc.rtcrtpreceiver
import numpy as np
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.jitterbuffer import JitterBuffer, JitterFrame
from aiortc.mediastreams import MediaStreamError

options = {"via": "offer", "channels": [], "headers": {}, "complete_at_marker": False, **json.loads(sys.argv[1])}
# aioice ignores loopback, which is the only address of a machine without a network.
aioice.ice.get_host_addresses = lambda use_ipv4, use_ipv6: ["127.0.0.1"]

# The stamp: 2 rows of 40 bits in blocks of 16 px, and a grey strip below them.
BLOCK, PER_ROW, WRAP = 16, 40, 1 << 40
# Error of VP8 in a flat strip, of 255. The strips of consecutive frames differ by 61.
TOLERANCE = 25


def say(event, **what):
    print(json.dumps({"event": event, "at": time.time() * 1000, **what}), flush=True)


class MarkerJitterBuffer(JitterBuffer):
    def add(self, packet):
        pli, frame = super().add(packet)
        return pli, frame or self._first_whole_frame()

    def _first_whole_frame(self):
        packets = []
        for count in range(self.capacity):
            packet = self._packets[(self._origin + count) % self.capacity]
            if packet is None or packets and packet.timestamp != packets[0].timestamp:
                return None
            packets.append(packet)
            if packet.marker:
                self.remove(len(packets))
                return JitterFrame(data=b"".join(each._data for each in packets), timestamp=packet.timestamp)
        return None


class WatchedDecoder:
    """Records whether each frame is a keyframe, and its size; reports frames that cannot be decoded."""

    def __init__(self, decoder, encoded):
        self._decoder, self._encoded = decoder, encoded

    def decode(self, frame):
        keyframe = len(frame.data) > 0 and not frame.data[0] & 1
        self._encoded[frame.timestamp] = {"keyframe": keyframe, "bytes": len(frame.data)}
        decoded = self._decoder.decode(frame)
        if not decoded:
            say("undecodable", bytes=len(frame.data), keyframe=keyframe)
        return decoded


def plane(frame, index):
    """The rows of a plane, top-down, without padding."""
    part = frame.planes[index]
    rows = np.frombuffer(part, np.uint8).reshape(part.height, part.line_size)
    return rows[:, : part.width]


def read_stamp(luma, at_ms):
    """The stamp, or None; "whole" is false if the strip belongs to another frame, or to two."""
    height, width = luma.shape
    if width < PER_ROW * BLOCK or height <= 2 * BLOCK:
        return None
    cells = luma[BLOCK // 2 : 2 * BLOCK : BLOCK, BLOCK // 2 : PER_ROW * BLOCK : BLOCK] > 127
    bits = np.packbits(cells.reshape(-1)).tobytes()
    if zlib.crc32(bits[:8]) & 0xFFFF != int.from_bytes(bits[8:], "big"):
        return None
    us, sequence = int.from_bytes(bits[:5], "big"), int.from_bytes(bits[5:8], "big")
    strip = (luma[2 * BLOCK :, BLOCK // 2].astype(float) - 16) * 255 / 219
    return {
        "us": us,
        "sequence": sequence,
        "ageMs": (int(at_ms * 1000) - us) % WRAP / 1000,
        "whole": bool((abs(strip - ((sequence * 61) & 0xFF)) <= TOLERANCE).all()),
    }


def mean_colors(frame):
    """[[r, g, b] of the quarters upper left, upper right, lower left, lower right], of 255; BT.601, limited range."""
    quarters = []
    for index in range(3):
        rows = plane(frame, index)[::2, ::2]
        height, width = rows.shape
        halves = (rows[: height // 2], rows[height // 2 :])
        quarters.append([part.mean() for half in halves for part in (half[:, : width // 2], half[:, width // 2 :])])
    colors = []
    for y, u, v in zip(*quarters):
        grey, u, v = (y - 16) * 255 / 219, (u - 128) * 255 / 224, (v - 128) * 255 / 224
        colors.append([round(grey + 1.402 * v), round(grey - 0.344 * u - 0.714 * v), round(grey + 1.772 * u)])
    return colors


async def watch(track, encoded):
    frames = 0
    while True:
        try:
            frame = await track.recv()
        except MediaStreamError:
            return say("ended")
        at = time.time() * 1000
        frames += 1
        say("frame", frame=frames, width=frame.width, height=frame.height, pts=frame.pts,
            **encoded.pop(frame.pts, {"keyframe": None, "bytes": None}),
            colors=mean_colors(frame), stamp=read_stamp(plane(frame, 0), at))


def request(method, url, body, content_type):
    """Status, headers and text of the response, also of an error."""
    headers = {**options["headers"], **({"content-type": content_type} if content_type else {})}
    outgoing = urllib.request.Request(url, body and body.encode(), headers, method=method)
    try:
        with urllib.request.urlopen(outgoing, timeout=20) as answer:
            return answer.status, answer.headers, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read().decode()


def address(path):
    """A path relative to the page, with the page's query, which may contain the token."""
    page = urllib.parse.urlsplit(options["url"])
    return urllib.parse.urlunsplit(page._replace(path=urllib.parse.urljoin(page.path or "/", path)))


def watch_channel(channel):
    @channel.on("message")
    def on_message(data):
        say("message", channel=channel.label, data=data if isinstance(data, str) else data.hex())

    @channel.on("close")
    def on_close():
        say("closed", channel=channel.label)


async def main():
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)

    encoded = {}
    make_decoder = aiortc.rtcrtpreceiver.get_decoder
    aiortc.rtcrtpreceiver.get_decoder = lambda codec: WatchedDecoder(make_decoder(codec), encoded)
    connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    channels = {}
    tasks = []

    @connection.on("connectionstatechange")
    def on_state():
        say("connection", state=connection.connectionState)

    @connection.on("track")
    def on_track(track):
        tasks.append(asyncio.ensure_future(watch(track, encoded)))

    @connection.on("datachannel")
    def on_channel(channel):
        channels[channel.label] = channel
        watch_channel(channel)
        say("open", channel=channel.label)

    receiver = connection.addTransceiver("video", direction="recvonly").receiver
    if options["complete_at_marker"]:
        receiver._RTCRtpReceiver__jitter_buffer = MarkerJitterBuffer(capacity=128, is_video=True)
    for parameters in options["channels"]:
        channel = connection.createDataChannel(**parameters)
        channels[channel.label] = channel
        channel.on("open", lambda channel=channel: say("open", channel=channel.label))
        watch_channel(channel)

    await connection.setLocalDescription(await connection.createOffer())
    offer = connection.localDescription
    if options["via"] == "whep":
        body, content_type = offer.sdp, "application/sdp"
    else:
        body, content_type = json.dumps({"sdp": offer.sdp, "type": offer.type}), "application/json"
    say("offered")
    status, headers, text = await loop.run_in_executor(
        None, request, "POST", address(options["via"]), body, content_type)
    location = headers.get("location")
    if status not in (200, 201):
        say("refused", status=status, body=text)
        await connection.close()
        return 1
    answer = text if options["via"] == "whep" else json.loads(text)["sdp"]
    say("answered", status=status, location=location, contentType=headers.get("content-type"), sdp=answer)
    await connection.setRemoteDescription(RTCSessionDescription(sdp=answer, type="answer"))

    async def read_commands():
        # Not by sys.stdin, whose read-ahead does not wake the event loop.
        reader = asyncio.StreamReader()
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
        async for line in reader:
            command = json.loads(line)
            if command["do"] == "send":
                channels[command["channel"]].send(command["data"])
        stop.set()

    lines = asyncio.ensure_future(read_commands())
    await stop.wait()
    lines.cancel()
    if options["via"] == "whep" and location:
        try:
            deleted, *_ = await loop.run_in_executor(None, request, "DELETE", address(location), None, None)
            say("deleted", status=deleted)
        except OSError:
            # The server has stopped already.
            pass
    await connection.close()
    await asyncio.gather(*tasks)
    return 0


code = 1
try:
    code = asyncio.run(main())
except Exception:
    traceback.print_exc()
finally:
    # aiortc's decoder threads would keep a failed process alive.
    sys.stderr.flush()
    os._exit(code)
