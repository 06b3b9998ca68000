"""A WHEP viewer by GStreamer's webrtcbin, which media servers use as well.

    gstreamer_viewer.py http://127.0.0.1:8000/whep

Requires Debian's gstreamer1.0-plugins-good, gstreamer1.0-plugins-bad, gstreamer1.0-nice, python3-gi and gir1.2-gst-plugins-bad-1.0.
Prints the size and the mean color of each quarter of every decoded frame, as a line of JSON. The end of its input or SIGTERM ends
it, after a DELETE request.
"""
import json
import signal
import sys
import urllib.parse
import urllib.request

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstSdp", "1.0")
gi.require_version("GstWebRTC", "1.0")
from gi.repository import GLib, Gst, GstSdp, GstWebRTC  # noqa: E402

endpoint = sys.argv[1]
CAPS = ("application/x-rtp,media=video,encoding-name=VP8,payload=96,clock-rate=90000,"
        "rtcp-fb-nack=(boolean)true,rtcp-fb-nack-pli=(boolean)true")
DECODE = "rtpvp8depay request-keyframe=true wait-for-keyframe=true ! vp8dec ! videoconvert ! video/x-raw,format=RGB ! appsink name=sink emit-signals=true sync=false"


def say(event, **what):
    print(json.dumps({"event": event, **what}), flush=True)


def quarters(data, width, height, stride):
    """[[r, g, b] of upper left, upper right, lower left, lower right]: the means of every eighth pixel."""
    means = []
    for top in (0, height // 2):
        for left in (0, width // 2):
            rows = [data[y * stride + 3 * left : y * stride + 3 * (left + width // 2)]
                    for y in range(top, top + height // 2, 8)]
            part = b"".join(bytes(row[0::24]) for row in rows), b"".join(bytes(row[1::24]) for row in rows), \
                b"".join(bytes(row[2::24]) for row in rows)
            means.append([round(sum(channel) / len(channel)) for channel in part])
    return means


class Viewer:
    def __init__(self):
        self.loop = GLib.MainLoop()
        self.location = None
        self.pipeline = Gst.Pipeline()
        self.web = Gst.ElementFactory.make("webrtcbin")
        self.web.set_property("bundle-policy", "max-bundle")
        self.pipeline.add(self.web)
        # libnice leaves loopback out, and on a machine without a network there is nothing else. The agent is kept: in GStreamer
        # 1.22 its reference is a floating one, which Python would take over and drop.
        self.agent = self.web.get_property("ice-agent")
        self.agent.emit("add-local-ip-address", "127.0.0.1")
        # It would ask the network for a router, from all addresses.
        self.agent.get_property("agent").set_property("upnp", False)
        self.web.emit("add-transceiver", GstWebRTC.WebRTCRTPTransceiverDirection.RECVONLY, Gst.Caps.from_string(CAPS))
        self.web.connect("notify::ice-gathering-state", lambda *_: GLib.idle_add(self.offer))
        self.web.connect("notify::connection-state", lambda *_: say(
            "connection", state=self.web.get_property("connection-state").value_nick))
        self.web.connect("pad-added", self.on_pad)
        self.offered = False

    def run(self):
        self.pipeline.set_state(Gst.State.PLAYING)
        self.web.emit("create-offer", None, Gst.Promise.new_with_change_func(self.on_offer, None))
        for number in (signal.SIGTERM, signal.SIGINT):
            GLib.unix_signal_add(GLib.PRIORITY_DEFAULT, number, self.loop.quit)
        GLib.io_add_watch(0, GLib.PRIORITY_DEFAULT, GLib.IO_IN | GLib.IO_HUP, lambda *_: self.loop.quit())
        self.loop.run()
        if self.location:
            deleted = urllib.request.Request(urllib.parse.urljoin(endpoint, self.location), method="DELETE")
            with urllib.request.urlopen(deleted, timeout=20) as answer:
                say("deleted", status=answer.status)
        self.pipeline.set_state(Gst.State.NULL)

    def on_offer(self, promise, _):
        # Kept, for the offer is a part of it.
        reply = promise.get_reply()
        offer = reply.get_value("offer")
        self.web.emit("set-local-description", offer, Gst.Promise.new())

    def offer(self):
        """With all candidates."""
        if self.offered or self.web.get_property("ice-gathering-state") != GstWebRTC.WebRTCICEGatheringState.COMPLETE:
            return
        self.offered = True
        offer = self.web.get_property("local-description").sdp.as_text()
        asked = urllib.request.Request(endpoint, offer.encode(), {"content-type": "application/sdp"})
        with urllib.request.urlopen(asked, timeout=20) as answer:
            self.location = answer.headers.get("location")
            say("answered", status=answer.status)
            _, message = GstSdp.SDPMessage.new_from_text(answer.read().decode())
        description = GstWebRTC.WebRTCSessionDescription.new(GstWebRTC.WebRTCSDPType.ANSWER, message)
        self.web.emit("set-remote-description", description, Gst.Promise.new())

    def on_pad(self, _, pad):
        if pad.get_direction() != Gst.PadDirection.SRC:
            return
        decode = Gst.parse_bin_from_description(DECODE, True)
        decode.get_by_name("sink").connect("new-sample", self.on_sample)
        self.pipeline.add(decode)
        decode.sync_state_with_parent()
        pad.link(decode.get_static_pad("sink"))

    def on_sample(self, sink):
        sample = sink.emit("pull-sample")
        shape = sample.get_caps().get_structure(0)
        width, height = shape.get_value("width"), shape.get_value("height")
        buffer = sample.get_buffer()
        taken, mapped = buffer.map(Gst.MapFlags.READ)
        if taken:
            say("frame", width=width, height=height, colors=quarters(mapped.data, width, height, (3 * width + 3) & ~3))
            buffer.unmap(mapped)
        return Gst.FlowReturn.OK


Gst.init(None)
Viewer().run()
