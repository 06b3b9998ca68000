"""Writes frames that are buffers of the standard library, and checks that numpy is not imported for them."""
import io
import sys
import time
import urllib.request

from PIL import Image

import scenecast

width, height = 40, 30
with scenecast.Stream((width, height)) as stream:
    for components, mode in ((3, "RGB"), (4, "RGBA")):
        data = bytearray(i * 7 % 256 for i in range(width * height * components))
        frame = memoryview(data).cast("B", (height, width, components))
        for written, orientation in ((frame, None), (frame[::-1], Image.Transpose.FLIP_TOP_BOTTOM)):
            stream.write(written)
            expected = Image.frombytes(mode, (width, height), bytes(data))
            if orientation is not None:
                expected = expected.transpose(orientation)
            deadline = time.monotonic() + 30
            while True:
                picture = Image.open(io.BytesIO(urllib.request.urlopen(stream.url + "snapshot.png").read()))
                if picture.mode == mode and picture.tobytes() == expected.tobytes():
                    break
                assert time.monotonic() < deadline, f"{mode}, {orientation}"
    for wrong in (bytes(width * height * 3), memoryview(bytes(24)).cast("d", (1, 1, 3))):
        try:
            stream.write(wrong)
        except (TypeError, ValueError) as error:
            print(error)
assert "numpy" not in sys.modules
