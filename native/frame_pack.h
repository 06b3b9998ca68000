// Copy of a frame with any strides into tightly packed rows, for Python programs, which load this library by ctypes.
#pragma once

#include "scenecast.h"

// `from`: the pixel at row 0, column 0; the strides, in bytes, may be negative or 0. `channels`: 3 or 4. The frame must have all its
// pixels in memory, and must not overlap `to`. SC_E_INVALID for channels or sides out of range, SC_E_TOO_SMALL if `to` is too small.
SC_EXPORT int sc_frame_pack(uint8_t *to, uint64_t to_size, const uint8_t *from, int64_t height, int64_t width, int64_t channels,
	int64_t row_stride, int64_t column_stride, int64_t channel_stride);
