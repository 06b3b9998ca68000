// A volume for ray casting: 8 bits per voxel over the range of values, stored in bricks of 8 x 8 x 8 voxels. A ray in any direction then
// stays in few cache lines, and skips bricks that are empty.
#pragma once

#include "volume.h"

#define SC_BRICK_SIDE 8
#define SC_BRICK_VOXELS 512

// Larger distances are not computed: a ray that skips 64 voxels at once takes less time for it than for the rest.
#define SC_BRICK_MAX_DISTANCE 8

// Number of bricks along i, j and k for `shape`. Returns their product, or 0 if it is above 2^40.
uint64_t sc_brick_counts(const uint32_t *shape, uint64_t counts[3]);

SC_EXPORT uint64_t sc_bricks_count(const uint32_t *shape);

// Stores a volume of one component in bricks: 255 * (scale * stored + offset), rounded, 0 to 255; 0 for NaN and for values outside of
// `low` to `high`, in the same units. Voxels beyond the volume repeat the last one. `minima` and `maxima` are those of each brick and
// of the adjacent voxels of the next ones, between which rays interpolate.
SC_EXPORT int sc_bricks_fill(const void *values, uint64_t value_count, int32_t type, const uint32_t *shape, uint64_t first,
	double scale, double offset, double low, double high, uint8_t *voxels, uint64_t voxel_bytes, uint8_t *minima, uint8_t *maxima,
	uint64_t brick_count);

// Computes how far each brick is from the nearest visible one, in bricks along the axis with the largest distance, at most
// SC_BRICK_MAX_DISTANCE; 0 for a visible brick. A brick is visible if any value in its range is: `visible` has a flag per value, 0 to 255.
SC_EXPORT int sc_bricks_distances(const uint32_t *shape, const uint8_t *minima, const uint8_t *maxima, uint64_t brick_count,
	const uint8_t *visible, uint8_t *distances);
