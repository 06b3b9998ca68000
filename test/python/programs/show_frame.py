"""
Starts a view of the file given on the command line. For each JSON object of environment variables on standard input, prints the HTML of
the view's frame and its port as JSON.
"""

import json
import os
import sys

import scenecast

with scenecast.view(sys.argv[1]) as view:
    view.snapshot()
    for line in sys.stdin:
        os.environ.update(json.loads(line))
        print(json.dumps({"html": view._repr_html_(), "port": view.port}))
