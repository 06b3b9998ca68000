import json, os, subprocess
from IPython.display import IFrame

if "view" in globals():  # this cell is run again
    view.terminate(), view.wait()
view = subprocess.Popen(
    ["scenecast", "view", "bunny.obj", "--port", "0", "--json"],
    stdout=subprocess.PIPE,
    start_new_session=True,  # interrupting a cell does not end it
    env={**os.environ, "SCENECAST_LAUNCHER": str(os.getpid())},  # the end of the kernel does
)
IFrame(json.loads(view.stdout.readline())["url"] + "?iframe=1", "100%", 480)
