"""Streams a frame with the installed package and its executable, without numpy."""
import importlib.metadata
import subprocess
import sys
import urllib.request

import scenecast

distribution = importlib.metadata.distribution("scenecast")
assert distribution.version == scenecast.__version__, distribution.version
assert distribution.metadata["License"] == "MIT"
for file in distribution.files:
    path = file.locate()
    assert path.is_file(), path
    if file.hash is not None and not str(file).startswith("../"):
        import base64
        import hashlib

        digest = hashlib.sha256(path.read_bytes()).digest()
        assert base64.urlsafe_b64encode(digest).rstrip(b"=").decode() == file.hash.value, path

frame = memoryview(bytes(range(72)) * 100).cast("B", (40, 60, 3))
with scenecast.Stream((60, 40)) as stream:
    stream.write(frame)
    with urllib.request.urlopen(stream.url + "snapshot.png") as response:
        png = response.read()
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    assert (int.from_bytes(png[16:20], "big"), int.from_bytes(png[20:24], "big")) == (60, 40)
assert "numpy" not in sys.modules
print(subprocess.run(["scenecast", "--version"], check=True, capture_output=True, text=True).stdout.strip())
