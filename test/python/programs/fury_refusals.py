"""Prints the sentence of each mistake with scenecast.fury."""
from show_manager import ShowManager

from scenecast import fury


def refuse(call):
    try:
        call()
    except Exception as error:
        print(f"{type(error).__name__}: {error}".replace(name, "NAME"))
    else:
        raise AssertionError("it was not refused")


showm = ShowManager()
stream = fury.FuryStreamClient(showm, use_raw_array=False)
interaction = fury.FuryStreamInteraction(showm, use_raw_array=False)
images, queue = stream.img_manager, interaction.circular_queue
names = {"image_buffer_names": images.image_buffer_names, "info_buffer_name": images.info_buffer_name}
name = images.info_buffer_name
refuse(lambda: fury.FuryStreamClient(showm, max_window_size=(100, 100)))
refuse(lambda: interaction.start(ms=-1))
refuse(lambda: fury.web_server())
refuse(lambda: fury.web_server(**{**names, "info_buffer_name": "missing"}))
refuse(lambda: fury.web_server(**names, queue_buffer_name=queue.buffer.buffer_name))
refuse(lambda: fury.web_server(**names, queue_buffer_name=name, queue_head_tail_buffer_name=queue.head_tail_buffer_name))
refuse(lambda: fury.web_server_raw_array())
refuse(lambda: fury.web_server(**names, port=-1))
refuse(lambda: fury.SharedMemCircularQueue(max_size=None))
refuse(lambda: fury.set_mouse_click({"mouseButton": 3, "on": 1}, queue))
fury.web_server(**names, run_app=False)
raw = fury.FuryStreamClient(showm)
fury.web_server_raw_array(image_buffers=raw.img_manager.image_buffers, info_buffer=raw.img_manager.info_buffer, run_app=False)
assert stream.stop() is False and interaction.stop() is False
stream.cleanup()
interaction.cleanup()
