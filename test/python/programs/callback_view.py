"""Serves what a function draws by scenecast.callback: a grey that is the number of draws, failures included.

Prints the address, then each size with which it draws, and each event. Commands on standard input, one JSON object a line: {"do": "draw"},
{"do": "fail"} (the next draw raises), {"do": "viewers"}. With the argument "async" it is served by the event loop of asyncio, and
{"do": "drop"} drops the last reference to the view.
"""
import asyncio
import gc
import json
import logging
import sys
import threading

import numpy as np

import scenecast.callback

draws, failures = [0], []


def say(value):
    print(json.dumps(value), flush=True)


def draw(width, height):
    draws[0] += 1
    say(["draw", draws[0], width, height])
    if failures:
        raise ValueError(failures.pop())
    return np.full((height, width, 3), draws[0], np.uint8)


def on_event(event):
    say(["event", event["event_type"], threading.current_thread() is threading.main_thread()])


COMMANDS = {
    "draw": lambda view: view.request_draw(),
    "fail": lambda view: (failures.append("no data"), view.request_draw()),
    "viewers": lambda view: say(["viewers", view.viewers]),
}


def program():
    view = scenecast.callback.show(draw, size=(64, 48), on_event=on_event, block=False)

    def read_commands():
        for line in sys.stdin:
            command = json.loads(line)["do"]
            view.call_later(0, lambda command=command: COMMANDS[command](view))
        view.close()

    say(view.url)
    threading.Thread(target=read_commands).start()
    view.run()
    say(["end"])


async def asynchronous_program():
    # Returns at once: the loop serves.
    view = scenecast.callback.show(draw, size=(64, 48), on_event=on_event)
    say(view.url)
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        command = json.loads(line)["do"]
        if command == "drop":
            del view
            gc.collect()
            say(["dropped"])
        else:
            COMMANDS[command](view)


if sys.argv[1:] == ["async"]:
    # In Python's development mode it reports that a busy machine is slow.
    logging.getLogger("asyncio").setLevel(logging.ERROR)
    asyncio.run(asynchronous_program())
else:
    program()
