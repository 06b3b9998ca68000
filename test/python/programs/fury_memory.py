"""What FURY's own tests check of its buffers, queues and timers, on those of scenecast.fury."""
import asyncio
import threading

import numpy as np

from scenecast import fury

ROW = np.array([0.2, 0.3, 0.4, 0.5])


def buffers(create, attach):
    buffer = create()
    buffer.buffer = np.arange(16.0)
    buffer[1] = ROW
    assert np.array_equal(buffer[1], ROW) and np.array_equal(buffer[2], [8, 9, 10, 11]) and len(buffer[3]) == 4
    assert buffer.get_start_end(2) == (8, 12)
    other = attach(buffer)
    assert (other.max_size, other.dimension) == (3, 4) and np.array_equal(other[1], ROW)
    other[0] = ROW
    assert np.array_equal(buffer[0], ROW)
    other.cleanup()
    buffer.cleanup()
    buffer.cleanup()


buffers(
    lambda: fury.RawArrayMultiDimensionalBuffer(3, dimension=4),
    lambda buffer: fury.RawArrayMultiDimensionalBuffer(3, dimension=4, buffer=buffer.buffer),
)
buffers(
    lambda: fury.SharedMemMultiDimensionalBuffer(3, dimension=4),
    lambda buffer: fury.SharedMemMultiDimensionalBuffer(None, buffer_name=buffer.buffer_name),
)


def queues(create, attach):
    queue = create()
    assert (queue.head, queue.tail, queue.dequeue()) == (-1, -1, None)
    other = attach(queue)
    assert other.buffer.max_size == 3
    assert [other.enqueue(ROW + i) for i in range(4)] == [True, True, True, False]
    assert (queue.head, queue.tail) == (0, 2)
    for i in range(3):
        assert np.array_equal(queue.dequeue(), ROW + i), i
    assert (queue.head, queue.tail, queue.dequeue()) == (-1, -1, None)
    for i in range(10):
        assert queue.enqueue(ROW * i) and np.array_equal(other.dequeue(), ROW * i)
    other.cleanup()
    queue.cleanup()
    queue.cleanup()


queues(
    lambda: fury.ArrayCircularQueue(max_size=3, dimension=4),
    lambda queue: fury.ArrayCircularQueue(dimension=4, head_tail_buffer=queue.head_tail_buffer, buffer=queue.buffer.buffer),
)
queues(
    lambda: fury.SharedMemCircularQueue(max_size=3, dimension=4),
    lambda queue: fury.SharedMemCircularQueue(
        head_tail_buffer_name=queue.head_tail_buffer_name, buffer_name=queue.buffer.buffer_name
    ),
)

queue = fury.SharedMemCircularQueue(max_size=3, dimension=8)
queue.lock()
assert not queue.is_unlocked() and not queue.enqueue(np.zeros(8))
queue.unlock()
position = {"x": -3, "y": 2.0, "ctrlKey": 1, "shiftKey": 0, "timestampInMs": 123}
fury.set_weel({"deltaY": 0.2, "timestampInMs": 123}, queue)
fury.set_mouse(position, queue)
fury.set_mouse_click({**position, "mouseButton": 2, "on": 0}, queue)
assert [queue.dequeue().tolist() for _ in range(3)] == [
    [1, 0.2, 0, 0, 0, 0, 123, 0],
    [2, 0, -3, 2, 1, 0, 123, 0],
    [8, 0, -3, 2, 1, 0, 123, 0],
]
queue.cleanup()


def images(create, attach):
    manager = create()
    assert manager.get_current_frame()[:2] == (0, 0) and manager.buffer_index == 0
    other = attach(manager)
    frame = np.random.default_rng(0).integers(0, 256, (4, 5, 3), np.uint8)
    manager.write_into(5, 4, frame.reshape(-1))
    width, height, pixels = other.get_current_frame()
    assert (width, height, other.buffer_index, other.next_buffer_index) == (5, 4, 1, 0)
    assert np.array_equal(pixels[:60].reshape(4, 5, 3), frame)
    assert other.get_jpeg()[:2] == b"\xff\xd8" and asyncio.run(other.async_get_jpeg(ms=1))[:2] == b"\xff\xd8"
    # Larger than the buffers: a picture that says so.
    manager.write_into(300, 200, None)
    width, height, pixels = other.get_current_frame()
    assert (width, height, other.buffer_index) == (200, 60, 0)
    assert pixels[: 200 * 60 * 3].max() == 255
    other.cleanup()
    manager.cleanup()
    manager.cleanup()


images(
    lambda: fury.RawArrayImageBufferManager(max_window_size=(200, 60)),
    lambda manager: fury.RawArrayImageBufferManager(
        max_window_size=(200, 60), image_buffers=manager.image_buffers, info_buffer=manager.info_buffer
    ),
)
images(
    lambda: fury.SharedMemImageBufferManager(max_window_size=(200, 60)),
    lambda manager: fury.SharedMemImageBufferManager(
        max_window_size=(200, 60), image_buffer_names=manager.image_buffer_names, info_buffer_name=manager.info_buffer_name
    ),
)

ticked, calls = threading.Event(), []


def tick(value):
    calls.append(value)
    if len(calls) == 3:
        ticked.set()


timer = fury.IntervalTimerThreading(0.001, tick, "a")
timer.start()
assert ticked.wait(20)
timer.stop()
timer.stop()
after = len(calls)
assert not timer.is_running and calls == ["a"] * after


async def asynchronous():
    done = asyncio.Event()
    timer = fury.IntervalTimer(0.001, done.set)
    await asyncio.wait_for(done.wait(), 20)
    timer.stop()
    timer.stop()


asyncio.run(asynchronous())
assert len(calls) == after, "the stopped timer goes on"
