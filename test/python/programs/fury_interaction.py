"""A program with FURY's streaming, as its tutorials are written; one import is scenecast's.

Arguments: a JSON object with start_method, use_raw_array, interaction, and events: rows of the event queue without time stamps, which are
applied to a second window by VTK alone. Prints the camera that this gives, and the camera whenever a gesture ends.
"""
import json
import multiprocessing
import sys
import threading

from scenecast.fury import FuryStreamClient, FuryStreamInteraction, web_server, web_server_raw_array

if __name__ == "__main__":
    options = json.loads(sys.argv[1])
    multiprocessing.set_start_method(options["start_method"])

    from show_manager import ShowManager
    from vtk_scene import camera_of

    def say(value):
        print(json.dumps(value), flush=True)

    METHODS = (
        ("MouseMoveEvent", "LeftButtonPressEvent", "LeftButtonReleaseEvent", "MiddleButtonPressEvent")
        + ("MiddleButtonReleaseEvent", "RightButtonPressEvent", "RightButtonReleaseEvent")
    )

    def by_vtk(rows):
        """The camera after the events, as FURY applies them."""
        showm = ShowManager()
        showm.initialize()
        width, height = showm.size
        for kind, wheel, x, y, ctrl, shift in rows:
            if kind == 1:
                showm.scene.GetActiveCamera().Zoom(1 - wheel / 1000)
                continue
            showm.iren.SetEventInformation(int(width * x), height - int(height * y), ctrl, shift, chr(0), 0, None)
            getattr(showm.iren, METHODS[kind - 2])()
        return camera_of(showm.scene)

    say(by_vtk(options["events"]))
    showm = ShowManager()
    use_raw_array = options["use_raw_array"]
    stream = FuryStreamClient(showm, max_window_size=(400, 400), use_raw_array=use_raw_array)
    stream_interaction = FuryStreamInteraction(showm, max_queue_size=17, use_raw_array=use_raw_array)
    images, queue = stream.img_manager, stream_interaction.circular_queue
    if use_raw_array:
        target = web_server_raw_array
        memory = [images.image_buffers, images.info_buffer, queue.head_tail_buffer, queue.buffer._buffer]
    else:
        target = web_server
        memory = [images.image_buffer_names, images.info_buffer_name, queue.head_tail_buffer_name, queue.buffer.buffer_name]
    if options["interaction"]:
        p = multiprocessing.Process(target=target, args=(*memory, 0, "localhost", True, True))
    else:
        p = multiprocessing.Process(target=target, args=memory[:2], kwargs={"port": 0})
    p.start()
    stream_interaction.start(ms=1)
    stream.start(ms=0)
    showm.style.AddObserver("EndInteractionEvent", lambda *_: say(camera_of(showm.scene)))
    # The end of the input ends the interactor's loop, in its thread.
    is_over = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.readline(), is_over.set()), daemon=True).start()
    showm.iren.AddObserver("TimerEvent", lambda *_: is_over.is_set() and showm.iren.TerminateApp())
    showm.start()
    p.kill()
    p.join()
    stream.stop()
    stream_interaction.stop()
    stream.cleanup()
    stream_interaction.cleanup()
