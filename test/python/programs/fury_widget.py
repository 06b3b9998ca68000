"""FURY's Widget: prints its address, starts another on the same port, and ends by its input."""
import json
import sys

from show_manager import ShowManager

from scenecast.fury import Widget, check_port_is_available

widget = Widget(ShowManager(), ms_stream=5, ms_interaction=5)
assert widget.url.startswith("http://localhost:7") or widget.url.startswith("http://localhost:8")
widget.start()
assert not check_port_is_available("localhost", widget._port)
other = Widget(ShowManager(), port=widget._port)
other.start()
assert other._port != widget._port
print(json.dumps([widget.command_string.split()[:2], "--info-buffer=" in widget.command_string]), flush=True)
sys.stdin.readline()
port = other._port
other.stop()
other.stop()
assert check_port_is_available("localhost", port)
print("stopped", flush=True)
sys.stdin.readline()
