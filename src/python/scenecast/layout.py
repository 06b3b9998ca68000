"""Byte offsets and constants of scenecast's shared memory.

They equal those of native/scenecast_memory.h, which specifies them; a test compares the two. All numbers are little-endian.
"""

from __future__ import annotations

#: Start of the extension in the info segment, bytes.
EXTENSION = 4096
PAGE = 4096
MAGIC = b"SCNECAST"
VERSION = 1

#: struct scenecast_info: index of the newest frame's buffer, and where the sizes begin.
CURRENT_BUFFER = 12
SIZES = 16

#: struct scenecast_extension, from the start of the info segment.
FRAME_WORD = EXTENSION + 32
RENDERER_WORD = EXTENSION + 36
VIEWERS = EXTENSION + 40
EVENT_CAPABILITIES = EXTENSION + 44
SERVER_SIGNALS = EXTENSION + 48
RENDERS = EXTENSION + 52
SLOTS = EXTENSION + 256

#: struct scenecast_slot. SLOT_FIELDS: flags to view_height, which follow the sequence word.
SLOT_BYTES = 64
SLOT_FIELDS = "<IddddII"

#: Bit of scenecast_slot.flags: the first row is the highest.
TOP_DOWN = 2

#: Pixel formats by bytes per pixel.
PIXEL_FORMATS = {3: 0, 4: 1}

#: resize, keys, double click.
ALL_EVENT_CAPABILITIES = 1 | 2 | 4

#: The queue: number of rows, values in a row (8), then the rows.
QUEUE_ROWS = 16
EVENT_BYTES = 64
EVENT_VALUES = 8
