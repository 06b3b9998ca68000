// For the test drivers of splatting: an image, and the cells that are resolved into it.
#pragma once

#include <stdint.h>
#include <stdlib.h>

#include "../point_splat.h"

// Heap arrays of exactly the required size, so that AddressSanitizer detects an access out of bounds.
typedef struct {
	sc_splat_view_s view;
	uint64_t cell_count;
	uint64_t pixels;
	uint64_t *cells;
	float *depth;
	uint32_t *color;
} image_s;

static inline image_s image_init(sc_splat_view_s view) {
	image_s image = { .view = view, .cell_count = sc_splat_cells(&view), .pixels = (uint64_t)view.width * view.height };
	image.cells = malloc(image.cell_count * sizeof(uint64_t));
	image.depth = malloc(image.pixels * sizeof(float));
	image.color = calloc(image.pixels, sizeof(uint32_t));
	return image;
}

static inline void image_destroy(image_s *image) {
	free(image->cells);
	free(image->depth);
	free(image->color);
}
