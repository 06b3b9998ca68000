"""FURY's tutorial of streaming with interaction, with 500 spheres at 1280x720 px: served by FURY itself or by scenecast.fury.

fury_program.py fury|scenecast PORT: prints the process ID of the server, and serves until it is killed.
"""
import multiprocessing
import sys

import numpy as np

if sys.argv[1] == "fury":
    import fury
    import fury.stream
    import fury.stream.client
    import fury.stream.server
    from fury.stream.client import FuryStreamClient, FuryStreamInteraction
else:
    from scenecast.fury import FuryStreamClient, FuryStreamInteraction, fury

SIZE = 1280, 720

if __name__ == "__main__":
    random = np.random.default_rng(1)
    scene = fury.window.Scene()
    scene.add(fury.actor.sphere(random.uniform(-5, 5, (500, 3)), radii=0.5, colors=random.uniform(0, 1, (500, 3))))
    showm = fury.window.ShowManager(scene=scene, size=SIZE, multi_samples=0)
    stream = FuryStreamClient(showm, max_window_size=SIZE, use_raw_array=False)
    interaction = FuryStreamInteraction(showm, max_queue_size=50, use_raw_array=False)
    server = multiprocessing.Process(
        target=fury.stream.server.web_server,
        kwargs={
            "image_buffer_names": stream.img_manager.image_buffer_names,
            "info_buffer_name": stream.img_manager.info_buffer_name,
            "queue_head_tail_buffer_name": interaction.circular_queue.head_tail_buffer_name,
            "queue_buffer_name": interaction.circular_queue.buffer.buffer_name,
            "port": int(sys.argv[2]),
            "provides_webrtc": False,
        },
    )
    server.start()
    print(server.pid, flush=True)
    interaction.start(ms=1)
    stream.start(ms=0)
    showm.start()
