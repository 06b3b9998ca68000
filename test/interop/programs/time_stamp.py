"""The time stamp in frames of test programs: 2 rows of 40 bits in blocks of 16 px, and below them a column of 16 px of one grey value per
frame, which shows tears. ../../../scripts/bench/stamp.ts reads it.
"""
import time
import zlib

import numpy as np

BLOCK, BITS_PER_ROW = 16, 40


def stamp(frame, sequence, strip=True):
    """Draws 40 bits of time in us, 24 bits of the sequence number and 16 bits of CRC into a top-down frame."""
    head = (time.time_ns() // 1000 & 2**40 - 1).to_bytes(5, "big") + (sequence & 0xFFFFFF).to_bytes(3, "big")
    bits = np.frombuffer(head + (zlib.crc32(head) & 0xFFFF).to_bytes(2, "big"), np.uint8)
    cells = np.unpackbits(bits).reshape(2, BITS_PER_ROW) * np.uint8(255)
    frame[: 2 * BLOCK, : BITS_PER_ROW * BLOCK] = cells.repeat(BLOCK, 0).repeat(BLOCK, 1)[:, :, None]
    if strip:
        frame[2 * BLOCK :, :BLOCK] = (sequence * 61) & 0xFF
