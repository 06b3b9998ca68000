"""Starts executables given as JSON on the command line. Prints a list with the exception of each, or null, as JSON."""

import json
import os
import sys

from scenecast.executable import Executable, ScenecastError


def start(case):
    os.environ["SCENECAST_EXECUTABLE"] = case.get("executable", "")
    os.environ["PATH"] = case.get("path", "")
    try:
        Executable(case["command"], case.get("arguments", []), **case.get("options", {})).close()
    except ScenecastError as error:
        return str(error)
    return None


print(json.dumps([start(case) for case in json.loads(sys.argv[1])]))
