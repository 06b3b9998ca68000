"""Writes frames of the sizes that it reads as lines of JSON, and prints the number of viewers after each."""
import json
import logging
import sys

import numpy as np

import scenecast

messages = []
handler = logging.Handler()
handler.emit = lambda record: messages.append(record.getMessage())
logging.getLogger("scenecast").addHandler(handler)
with scenecast.Stream((32, 16)) as stream:

    @stream.on("wheel")
    def fail(event):
        raise ZeroDivisionError("a mistake")

    @stream.on("key_down")
    def report(event):
        print(json.dumps({"key": event["key"], "messages": [text for text in messages if "handler" in text]}), flush=True)

    print(json.dumps({"url": stream.url, "pid": stream._resources._server.pid}), flush=True)
    for line in sys.stdin:
        shape = json.loads(line)
        if shape == "server killed":
            assert list(stream.events(timeout=None)) == []
            try:
                stream.write(np.zeros((16, 32, 3), np.uint8))
            except scenecast.ScenecastError as error:
                print(json.dumps(str(error)), flush=True)
        else:
            stream.write(np.full(shape, 200, np.uint8))
            print(json.dumps(stream.viewers), flush=True)
