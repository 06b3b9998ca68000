"""Prints the constants of the package."""
import json

import scenecast
from scenecast import events, layout

values = {name: value for name, value in vars(layout).items() if name.isupper()}
values["MAGIC"] = layout.MAGIC.decode()
print(json.dumps({"version": scenecast.__version__, "keys": events.NAMED_KEYS, "layout": values}))
