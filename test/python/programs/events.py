"""Prints the events of a stream as lines of JSON, each with the way by which it came."""
import asyncio
import json
import logging
import threading

from picture import noise

import scenecast

logging.getLogger("scenecast").setLevel(logging.CRITICAL + 1)
printing = threading.Lock()


def report(way, event):
    with printing:
        print(json.dumps([way, event]), flush=True)


stream = scenecast.Stream((320, 180))
stream.write(noise(180, 320, 3))
report("url", stream.url)
assert list(stream.events()) == []
assert list(stream.events(timeout=0.01)) == []

# Until the first key is released: by iteration.
for event in stream.events(timeout=None):
    report("for", event)
    if event["event_type"] == "key_up":
        break
stream.write(noise(360, 640, 3))
report("for", None)
for event in stream.events(timeout=60):
    report("timeout", event)


@stream.on("wheel")
def fail(event):
    raise ZeroDivisionError("a handler's mistake")


stream.on("wheel", lambda event: report("handler", event))


async def main():
    report("async", None)
    async for event in stream.events():
        report("async", event)
        if event["event_type"] == "key_up":
            # From here on the loop waits, and ends with the stream.
            threading.Timer(0.1, stream.close).start()


asyncio.run(main())
stream.close()
assert list(stream.events(timeout=None)) == []
report("end", None)
