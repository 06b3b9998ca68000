"""Many WebRTC viewers in one process at low cost: they do everything except decoding. See ../light-receivers.ts.

    light_receivers.py '{"url": "http://127.0.0.1:8000/", "via": "offer", "viewers": 16}'

aiortc (Debian's python3-aiortc) provides the offer, ICE, DTLS and the SRTP keys. The headers of SRTP packets are not encrypted, so
only headers are read, in bursts, and only what is required is decrypted: retransmissions, and the first packets of frames while a
keyframe is awaited or packets are missing. It sends receiver reports, NACKs (immediately, and again every 50 ms), a PLI if a packet
was not retransmitted within a second, and TWCC feedback every 100 ms if negotiated. A frame is counted when all its packets have been
received, and those of the frames before it since the last keyframe.

Prints as lines of JSON when each viewer is connected and when it has received its first keyframe, in ms since its offer, and answers
{"do": "report"} on standard input with what each has received since the last report. The end of its input or SIGTERM ends it.
"""
import asyncio
import json
import os
import signal
import struct
import sys
import time
import traceback
import urllib.parse
import urllib.request

import aioice.ice
import aiortc.codecs
import pylibsrtp
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.codecs.vpx import VpxPayloadDescriptor
from aiortc.rtcrtpparameters import RTCRtcpFeedback, RTCRtpHeaderExtensionParameters
from aiortc.rtp import (
    RTCP_PSFB_PLI, RTCP_RTPFB_NACK, RtcpPsfbPacket, RtcpReceiverInfo, RtcpRrPacket, RtcpRtpfbPacket,
    clamp_packets_lost)

from transport_feedback import TransportFeedback, unwrapped

options = {"via": "offer", "viewers": 1, **json.loads(sys.argv[1])}
aioice.ice.get_host_addresses = lambda use_ipv4, use_ipv6: ["127.0.0.1"]

TRANSPORT_WIDE = "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01"
CLOCK_RATE = 90_000
TICK_S, REPORT_S, FEEDBACK_S = 0.02, 1, 0.1
NACK_AGAIN_S, GIVE_UP_S = 0.05, 1
# libsrtp derives the 48-bit index of a packet from those it has decrypted, which must be at most 2^15 older.
DECRYPT_EVERY = 8192

aiortc.codecs.HEADER_EXTENSIONS["video"].append(RTCRtpHeaderExtensionParameters(id=3, uri=TRANSPORT_WIDE))
for codec in aiortc.codecs.CODECS["video"]:
    if codec.rtcpFeedback:
        codec.rtcpFeedback.append(RTCRtcpFeedback(type="transport-cc"))


def say(event, **what):
    print(json.dumps({"event": event, **what}), flush=True)


class Viewer:
    def __init__(self, number):
        self.number = number
        self.connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self.receiver = self.connection.addTransceiver("video", direction="recvonly").receiver
        self.location = None
        self.media_type = self.retransmitted_type = self.transport_wide_id = self.media_ssrc = None
        self.feedback = TransportFeedback()
        self.expected = self.newest = None
        # Packets received after a gap: whether they end a frame, and its time stamp. Missing packets: when detected, and requested.
        self.early, self.missing = {}, {}
        self.awaits_keyframe, self.keyframes, self.last_time, self.since_decrypted = True, {}, None, 0
        self.first_sequence, self.packets, self.reported = None, 0, (0, 0)
        self.jitter, self.arrived, self.asked_for_keyframe = 0.0, 0.0, 0.0
        self.last_frame_at = self.join_at = None
        self.next_report = self.next_feedback = 0.0
        self.has_had_keyframe = False
        self.forget()

    def forget(self):
        self.frames = self.bytes = self.lost = self.nacks = self.retransmitted = self.longest_gap = 0

    # Joining and leaving

    async def join(self):
        loop = asyncio.get_running_loop()

        @self.connection.on("connectionstatechange")
        def on_state():
            if self.connection.connectionState == "connected":
                say("connected", viewer=self.number, ms=(time.perf_counter() - self.join_at) * 1000)

        await self.connection.setLocalDescription(await self.connection.createOffer())
        for protocol in self.receiver.transport.transport._connection._protocols:
            # asyncio reads one datagram per turn of its loop.
            loop._add_reader(protocol.transport._sock_fd, self.read, protocol)
        offer = self.connection.localDescription
        whep = options["via"] == "whep"
        body = offer.sdp if whep else json.dumps({"sdp": offer.sdp, "type": offer.type})
        self.join_at = time.perf_counter()
        headers, answer = await loop.run_in_executor(None, request, "POST", address(options["via"]), body, whep)
        self.location = headers.get("location")
        answer = answer if whep else json.loads(answer)["sdp"]
        await self.connection.setRemoteDescription(RTCSessionDescription(sdp=answer, type="answer"))
        transceiver = self.connection.getTransceivers()[0]
        for codec in transceiver._codecs:
            if codec.name == "VP8":
                self.media_type = codec.payloadType
            elif codec.name == "rtx" and codec.parameters.get("apt") == self.media_type:
                self.retransmitted_type = codec.payloadType
        for extension in transceiver._headerExtensions:
            if extension.uri == TRANSPORT_WIDE and extension.uri in answer:
                self.transport_wide_id = extension.id

    async def leave(self):
        if options["via"] == "whep" and self.location:
            try:
                await asyncio.get_running_loop().run_in_executor(
                    None, request, "DELETE", address(self.location), None, False)
            except OSError:
                # The server has stopped already.
                pass
        await self.connection.close()

    # Inbound packets

    def read(self, protocol):
        sock = protocol.transport._sock
        transport = self.receiver.transport
        while True:
            try:
                data, sender = sock.recvfrom(2048)
            except OSError:
                # No further datagram, or an ICMP error.
                return
            if 128 <= data[0] < 192 and not 192 <= data[1] <= 208:
                if transport._rx_srtp is not None and len(data) >= 12:
                    self.take(data, time.perf_counter())
            else:
                protocol.datagram_received(data, sender)

    def take(self, data, now):
        flags, kind, sequence, stamp, ssrc = struct.unpack_from("!BBHLL", data)
        marker, kind = kind >> 7, kind & 0x7F
        if self.transport_wide_id is not None and flags & 0x10:
            self.feedback.note(data, self.transport_wide_id, now)
        self.bytes += len(data)
        if kind == self.media_type:
            self.packets += 1
            self.since_decrypted += 1
            if self.newest is None:
                self.media_ssrc = ssrc
                self.expected = self.newest = self.first_sequence = sequence
                self.asked_for_keyframe = now
            sequence = unwrapped(sequence, self.newest)
            if stamp != self.last_time:
                self.note_jitter(stamp, now)
                if self.awaits_keyframe or self.missing or self.since_decrypted > DECRYPT_EVERY:
                    self.look_for_keyframe(data, stamp, sequence)
        elif kind == self.retransmitted_type and self.newest is not None:
            payload = self.decrypted(data)
            if payload is None or len(payload) < 2:
                return
            sequence = unwrapped(struct.unpack_from("!H", payload)[0], self.newest)
            self.retransmitted += 1
            self.note_keyframe(payload[2:], stamp, sequence)
        else:
            return
        if sequence == self.expected and not self.early:
            self.newest = max(self.newest, sequence)
            self.advance(marker, stamp, now)
        elif sequence >= self.expected:
            self.early[sequence] = marker, stamp
            if sequence > self.newest:
                self.miss(range(self.newest + 1, sequence), now)
                self.newest = sequence
            self.missing.pop(sequence, None)
            self.go_on(now)
            self.skip_to_keyframe(now)

    def skip_to_keyframe(self, now):
        """A complete keyframe makes earlier missing packets irrelevant, as in a browser."""
        for stamp, first in self.keyframes.items():
            sequence = first
            while self.early.get(sequence, (None, None)) == (0, stamp):
                sequence += 1
            if first > self.expected and self.early.get(sequence) == (1, stamp):
                self.forget_before(first)
                self.go_on(now)
                return

    def forget_before(self, sequence):
        self.lost += sum(each < sequence for each in self.missing)
        self.missing = {each: when for each, when in self.missing.items() if each >= sequence}
        self.early = {each: what for each, what in self.early.items() if each >= sequence}
        self.expected, self.awaits_keyframe = sequence, True

    def go_on(self, now):
        while self.expected in self.early:
            self.advance(*self.early.pop(self.expected), now)

    def advance(self, marker, stamp, now):
        self.missing.pop(self.expected, None)
        self.expected += 1
        if not marker:
            return
        if self.awaits_keyframe:
            if stamp not in self.keyframes:
                return
            self.awaits_keyframe = False
            self.keyframes = {}
            if not self.has_had_keyframe:
                self.has_had_keyframe = True
                say("keyframe", viewer=self.number, ms=(now - self.join_at) * 1000)
        self.frames += 1
        if self.last_frame_at is not None:
            self.longest_gap = max(self.longest_gap, now - self.last_frame_at)
        self.last_frame_at = now

    def note_jitter(self, stamp, now):
        """A receiver report (RFC 3550, section 6.4.1), without retransmissions."""
        if self.last_time is not None:
            ticks = unwrapped32(stamp - self.last_time)
            self.jitter += (abs((now - self.arrived) * CLOCK_RATE - ticks) - self.jitter) / 16
        self.last_time, self.arrived = stamp, now

    def decrypted(self, data):
        self.since_decrypted = 0
        try:
            packet = self.receiver.transport._rx_srtp.unprotect(data)
        except pylibsrtp.Error:
            return None
        start = 12 + 4 * (packet[0] & 0x0F)
        if packet[0] & 0x10:
            start += 4 + 4 * struct.unpack_from("!H", packet, start + 2)[0]
        return packet[start:]

    def look_for_keyframe(self, data, stamp, sequence):
        payload = self.decrypted(data)
        if payload is not None:
            self.note_keyframe(payload, stamp, sequence)

    def note_keyframe(self, payload, stamp, sequence):
        try:
            descriptor, encoded = VpxPayloadDescriptor.parse(payload)
        except ValueError:
            return
        # RFC 6386, section 9.1: the lowest bit of a frame is 0 in a keyframe.
        if descriptor.partition_start and descriptor.partition_id == 0 and encoded and not encoded[0] & 1:
            self.keyframes[stamp] = sequence

    # Feedback

    def miss(self, sequences, now):
        for sequence in sequences:
            self.missing[sequence] = [now, now]
        if sequences:
            self.ask_again(list(sequences))

    def ask_again(self, sequences):
        self.nacks += 1
        packet = RtcpRtpfbPacket(fmt=RTCP_RTPFB_NACK, ssrc=self.ssrc, media_ssrc=self.media_ssrc)
        packet.lost = sorted(sequence & 0xFFFF for sequence in sequences[:200])
        self.send(bytes(packet))

    @property
    def ssrc(self):
        return self.receiver._RTCRtpReceiver__rtcp_ssrc

    def send(self, packet):
        asyncio.ensure_future(self.receiver._send_rtcp(packet))

    def tick(self, now):
        if self.newest is None:
            return
        late = [each for each, (_, asked) in self.missing.items() if now - asked >= NACK_AGAIN_S]
        for each in late:
            self.missing[each][1] = now
        if late:
            self.ask_again(late)
        self.give_up([each for each, (missed, _) in self.missing.items() if now - missed >= GIVE_UP_S], now)
        if self.awaits_keyframe and now - self.asked_for_keyframe >= GIVE_UP_S:
            self.asked_for_keyframe = now
            self.send(RtcpPsfbPacket(fmt=RTCP_PSFB_PLI, ssrc=self.ssrc, media_ssrc=self.media_ssrc))
        if self.feedback.arrivals and now >= self.next_feedback:
            self.next_feedback = now + FEEDBACK_S
            self.send(self.feedback.take(self.ssrc, self.media_ssrc))
        if now >= self.next_report:
            self.next_report = now + REPORT_S
            self.send(self.receiver_report())

    def give_up(self, sequences, now):
        if not sequences:
            return
        self.lost += len(sequences)
        for each in sequences:
            del self.missing[each]
        self.awaits_keyframe = True
        last = max(sequences)
        while self.expected <= last:
            if self.expected in self.early:
                self.advance(*self.early.pop(self.expected), now)
            else:
                self.expected += 1
        self.go_on(now)

    def receiver_report(self):
        expected = self.newest - self.first_sequence + 1
        expected_since, packets_since = expected - self.reported[0], self.packets - self.reported[1]
        self.reported = expected, self.packets
        lost_since = max(0, expected_since - packets_since)
        heard = self.receiver._RTCRtpReceiver__lsr_time.get(self.media_ssrc)
        return RtcpRrPacket(ssrc=self.ssrc, reports=[RtcpReceiverInfo(
            ssrc=self.media_ssrc,
            fraction_lost=min(255, (lost_since << 8) // expected_since) if expected_since > 0 else 0,
            packets_lost=clamp_packets_lost(expected - self.packets),
            highest_sequence=self.newest & 0xFFFFFFFF,
            jitter=int(self.jitter),
            lsr=self.receiver._RTCRtpReceiver__lsr.get(self.media_ssrc, 0),
            dlsr=0 if heard is None else int((time.time() - heard) * 65536) & 0xFFFFFFFF)])

    def report(self, now, seconds):
        # Includes the current gap.
        gap = self.longest_gap if self.last_frame_at is None else max(self.longest_gap, now - self.last_frame_at)
        report = {"frames": self.frames, "fps": self.frames / seconds, "bytes": self.bytes, "lost": self.lost,
                  "nacks": self.nacks, "retransmitted": self.retransmitted, "longestGapMs": gap * 1000,
                  "hasTwcc": self.transport_wide_id is not None}
        self.forget()
        return report


def unwrapped32(ticks):
    return (ticks + 0x80000000 & 0xFFFFFFFF) - 0x80000000


def address(path):
    """A path relative to the page, with the page's query, which may contain the token."""
    page = urllib.parse.urlsplit(options["url"])
    return urllib.parse.urlunsplit(page._replace(path=urllib.parse.urljoin(page.path or "/", path)))


def request(method, url, body, whep):
    headers = {"content-type": "application/sdp" if whep else "application/json"} if body else {}
    asked = urllib.request.Request(url, body and body.encode(), headers, method=method)
    with urllib.request.urlopen(asked, timeout=20) as answer:
        return answer.headers, answer.read().decode()


async def main():
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    viewers = [Viewer(number) for number in range(options["viewers"])]
    since = time.perf_counter()

    def take_line():
        nonlocal since
        line = sys.stdin.readline()
        if not line:
            loop.remove_reader(sys.stdin)
            stop.set()
        elif json.loads(line)["do"] == "report":
            now = time.perf_counter()
            say("report", seconds=now - since, viewers=[viewer.report(now, now - since) for viewer in viewers])
            since = now

    loop.add_reader(sys.stdin, take_line)
    await asyncio.gather(*(viewer.join() for viewer in viewers))
    while not stop.is_set():
        now = time.perf_counter()
        for viewer in viewers:
            viewer.tick(now)
        try:
            await asyncio.wait_for(stop.wait(), TICK_S)
        except asyncio.TimeoutError:
            pass
    await asyncio.gather(*(viewer.leave() for viewer in viewers))


code = 1
try:
    asyncio.run(main())
    code = 0
except Exception:
    traceback.print_exc()
finally:
    # aiortc's decoder threads would keep a failed process alive.
    sys.stderr.flush()
    os._exit(code)
