"""Controls whose callbacks run in a loop: that of asyncio, and that of an adapter, which draws afterwards."""
import asyncio
import gc
import json
import threading
import weakref

import numpy as np
from picture import noise

import scenecast
import scenecast.callback


def report(*values):
    print(json.dumps(values), flush=True)


async def main():
    stream = scenecast.Stream((32, 16))
    stream.write(noise(16, 32, 3))
    loop = asyncio.get_running_loop()
    done = asyncio.Event()

    def changed(value):
        report("asyncio", value, asyncio.get_running_loop() is loop)

    async def finish():
        await asyncio.sleep(0)
        report("asyncio", "finish", asyncio.get_running_loop() is loop)
        loop.call_soon(done.set)

    stream.panel.number("Number", on_change=changed)
    stream.panel.button("Finish", finish)
    report("url", stream.url)
    await done.wait()
    # After the answer, which the viewer waits for.
    async for event in stream.events():
        if event["event_type"] == "key_up":
            break
    stream.close()


# Without the warnings of the development mode about slow steps.
asyncio.run(main(), debug=False)

level = 10


def draw(width, height):
    return np.full((16, 32, 3), level, np.uint8)


def set_level(value):
    global level
    report("adapter", value, threading.current_thread() is threading.main_thread())
    level = value


view = scenecast.callback.show(draw, block=False)
view.panel.number("Level", min=0, max=255, step=1, value=level, on_change=set_level)
view.panel.button("Close", lambda: view.close())
report("url", view.url)
view.run()

# A stream whose callback refers to it is closed when nothing else does.
stream = scenecast.Stream((32, 16))
stream.panel.button("Write", lambda kept=stream: kept.write(noise(16, 32, 3)))
process, reference = stream._resources._server._process, weakref.ref(stream)
del stream
# The thread of the socket refers to the panel while it sends, and may be the one that collects it.
while reference() is not None:
    gc.collect()
report("collected", process.wait(30) is not None)
