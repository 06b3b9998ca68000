// Uncompressed pixels, the input of every encoder.
#pragma once

#include "scenecast.h"

// 8 bits a channel, rows tightly packed.
typedef struct {
	const uint8_t *pixels;
	uint64_t size; // bytes at `pixels`
	int width;     // px
	int height;
	int channels;  // 3: RGB, 4: RGBA (alpha is ignored)
	int bottom_up; // whether the first row is the lowest
} sc_image_s;

// SC_E_INVALID if a side is not 1 to `max_side` or the channels are not 3 or 4, SC_E_TOO_SMALL if `size` is too small. `format`
// names the encoded format in the message.
int sc_image_check(const sc_image_s *image, int max_side, const char *format);

// SC_E_INVALID if a side of an encoded image is not 1 to `max_side`.
int sc_image_check_sides(int width, int height, int max_side, const char *format);

static inline uint64_t sc_image_stride(const sc_image_s *image) {
	return (uint64_t)image->width * (uint64_t)image->channels;
}

// Row `y`, counted from the top.
static inline const uint8_t *sc_image_row(const sc_image_s *image, int y) {
	return image->pixels + (uint64_t)(image->bottom_up ? image->height - 1 - y : y) * sc_image_stride(image);
}
