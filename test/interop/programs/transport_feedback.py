"""Feedback on the arrival of RTP packets, for the receivers of light_receivers.py."""
import struct

from aiortc.rtp import RTCP_RTPFB, pack_rtcp_packet


def unwrapped(number, near):
    """The number that is `number` modulo 2^16 and nearest to `near`."""
    return near + ((number - near + 0x8000) & 0xFFFF) - 0x8000


class TransportFeedback:
    """Arrival times by draft-holmer-rmcat-transport-wide-cc-extensions-01."""

    def __init__(self):
        self.arrivals = {}
        self._newest = None
        self._count = 0

    def note(self, data, extension_id, now):
        """Notes the arrival of an RTP packet with header extensions, if the one with this id is among them (RFC 8285, section 4.2)."""
        at = 12 + 4 * (data[0] & 0x0F)
        profile, words = struct.unpack_from("!HH", data, at)
        at += 4
        end = at + 4 * words
        if profile != 0xBEDE:
            return
        while at < end:
            head = data[at]
            if head == 0:
                at += 1
                continue
            if head >> 4 == extension_id:
                self._arrived(struct.unpack_from("!H", data, at + 1)[0], now)
                return
            at += (head & 0x0F) + 2

    def _arrived(self, sequence, now):
        self._newest = sequence if self._newest is None else max(self._newest, unwrapped(sequence, self._newest))
        self.arrivals[unwrapped(sequence, self._newest)] = int(now * 4000)

    def take(self, ssrc, media_ssrc):
        """A feedback packet of the arrivals since the last one: deltas of 250 us, and a reference time of 64 ms."""
        arrivals, self.arrivals = self.arrivals, {}
        first, last = min(arrivals), max(arrivals)
        reference = arrivals[first] // 256
        before, symbols, deltas = reference * 256, [], b""
        for sequence in range(first, last + 1):
            if sequence not in arrivals:
                symbols.append(0)
                continue
            delta = arrivals[sequence] - before
            before = arrivals[sequence]
            small = 0 <= delta <= 255
            symbols.append(1 if small else 2)
            deltas += struct.pack("!B", delta) if small else struct.pack("!h", max(-32768, min(32767, delta)))
        chunks = b""
        for at in range(0, len(symbols), 7):
            vector = 0xC000
            for index, symbol in enumerate(symbols[at : at + 7]):
                vector |= symbol << (12 - 2 * index)
            chunks += struct.pack("!H", vector)
        head = struct.pack("!LLHHL", ssrc, media_ssrc, first & 0xFFFF, len(symbols),
                           (reference & 0xFFFFFF) << 8 | self._count & 0xFF)
        self._count += 1
        payload = head + chunks + deltas
        return pack_rtcp_packet(RTCP_RTPFB, 15, payload + bytes(-len(payload) % 4))
