"""FURY's tutorial "Streaming FURY with user interaction" with scenecast as its server: FURY is taken from scenecast.fury.

    python3 examples/fury_interaction.py

It needs FURY up to 0.12, and an X server. Without one, start it with `xvfb-run -a python3`.
"""
import multiprocessing

import numpy as np
from scenecast.fury import fury

if __name__ == "__main__":
    centers = np.array([[0, 0, 0], [-1, 0, 0], [1, 0, 0]])
    colors = np.array([[1, 0, 0], [0, 1, 0], [0, 0, 1]])
    scene = fury.window.Scene()
    scene.add(fury.actor.sphere(centers, radii=0.4, colors=colors))
    showm = fury.window.ShowManager(scene=scene, size=(300, 300))

    stream = fury.stream.FuryStreamClient(showm, max_window_size=(400, 400), use_raw_array=False)
    stream_interaction = fury.stream.FuryStreamInteraction(showm, max_queue_size=17, use_raw_array=False)
    server = multiprocessing.Process(
        target=fury.stream.server.web_server,
        args=(
            stream.img_manager.image_buffer_names,
            stream.img_manager.info_buffer_name,
            stream_interaction.circular_queue.head_tail_buffer_name,
            stream_interaction.circular_queue.buffer.buffer_name,
            0,  # a free port; the server prints its address
        ),
    )
    server.start()
    stream_interaction.start(ms=1)
    stream.start(ms=0)
    showm.start()
    server.kill()
    stream.stop()
    stream_interaction.stop()
    stream.cleanup()
    stream_interaction.cleanup()
