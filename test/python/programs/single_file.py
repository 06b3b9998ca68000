"""Uses scenecast.py as the whole package."""
import importlib
import inspect
import os
import sys

import scenecast

assert scenecast.__file__ == f"{sys.argv[1]}/scenecast.py"
assert "stream" in scenecast._SOURCES
for name in scenecast._SOURCES:
    module = importlib.import_module(f"scenecast.{name}")
    assert inspect.getsource(module) == scenecast._SOURCES[name]
try:
    import scenecast.nothing
except ModuleNotFoundError:
    pass
else:
    raise AssertionError("there is no such module")
os.environ.pop("SCENECAST_EXECUTABLE")  # found beside scenecast.py
with scenecast.Stream((4, 3)) as stream:
    stream.write(memoryview(bytes(36)).cast("B", (3, 4, 3)))
