// For the test drivers of bricks and ray casting: a random volume and its bricks.
#pragma once

#include <stdint.h>
#include <stdlib.h>

#include "../error.h"
#include "../volume_bricks.h"
#include "check.h"
#include "random.h"

// Heap arrays of exactly the required size, so that AddressSanitizer detects an access out of bounds.
typedef struct {
	uint32_t shape[4];
	uint64_t counts[3];
	uint64_t bricks;
	uint8_t *values;
	uint8_t *voxels;
	uint8_t *minima;
	uint8_t *maxima;
	uint8_t *distances;
} volume_s;

static inline uint8_t value_at(const volume_s *volume, const int64_t at[3]) {
	uint64_t index = 0;
	for (int axis = 2; axis >= 0; --axis) {
		const int64_t last = (int64_t)volume->shape[axis] - 1;
		const int64_t inside = at[axis] < 0 ? 0 : at[axis] > last ? last : at[axis];
		index = index * volume->shape[axis] + (uint64_t)inside;
	}
	return volume->values[index];
}

static inline volume_s volume_init(uint32_t largest, uint32_t filled) {
	volume_s volume = { .shape = { 1 + random_below(largest), 1 + random_below(largest), 1 + random_below(largest), 1 } };
	volume.bricks = sc_brick_counts(volume.shape, volume.counts);
	const uint64_t voxels = (uint64_t)volume.shape[0] * volume.shape[1] * volume.shape[2];
	volume.values = malloc(voxels);
	for (uint64_t i = 0; i < voxels; ++i) {
		volume.values[i] = random_below(100) < filled ? (uint8_t)random_below(256) : 0;
	}
	volume.voxels = malloc(volume.bricks * SC_BRICK_VOXELS);
	volume.minima = malloc(volume.bricks);
	volume.maxima = malloc(volume.bricks);
	volume.distances = malloc(volume.bricks);
	CHECK(sc_bricks_fill(volume.values, voxels, SC_NUMBER_UINT8, volume.shape, 0, 1 / 255.0, 0, 0, 1, volume.voxels,
		volume.bricks * SC_BRICK_VOXELS, volume.minima, volume.maxima, volume.bricks) == SC_OK);
	return volume;
}

static inline void volume_destroy(volume_s *volume) {
	free(volume->values);
	free(volume->voxels);
	free(volume->minima);
	free(volume->maxima);
	free(volume->distances);
}

static inline void set_visible(volume_s *volume, int lowest) {
	uint8_t visible[256];
	for (int value = 0; value < 256; ++value) {
		visible[value] = value >= lowest;
	}
	CHECK(sc_bricks_distances(volume->shape, volume->minima, volume->maxima, volume->bricks, visible, volume->distances) == SC_OK);
}
