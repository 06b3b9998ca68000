#include "volume_bricks.h"

#include "error.h"
#include "parallel.h"

#define MAX_BRICKS (1ull << 40)

uint64_t sc_brick_counts(const uint32_t *shape, uint64_t counts[3]) {
	uint64_t product = 1;
	for (int axis = 0; axis < 3; ++axis) {
		counts[axis] = ((uint64_t)shape[axis] + SC_BRICK_SIDE - 1) / SC_BRICK_SIDE;
		if (counts[axis] == 0 || __builtin_mul_overflow(product, counts[axis], &product)) {
			return 0;
		}
	}
	return product > MAX_BRICKS ? 0 : product;
}

uint64_t sc_bricks_count(const uint32_t *shape) {
	uint64_t counts[3];
	return sc_brick_counts(shape, counts);
}

typedef struct {
	sc_volume_s volume;
	uint64_t counts[3];
	double scale;
	double offset;
	double low;
	double high;
	uint8_t *voxels;
	uint8_t *minima;
	uint8_t *maxima;
} fill_work_s;

static inline __attribute__((always_inline)) uint8_t quantize(int type, const fill_work_s *work, uint64_t index) {
	const double value = work->scale * sc_number_load(work->volume.values, type, index) + work->offset;
	// NaN fails the comparison.
	if (!(value >= work->low && value <= work->high)) {
		return 0;
	}
	return value <= 0 ? 0 : value >= 1 ? 255 : (uint8_t)(255 * value + 0.5);
}

static inline __attribute__((always_inline)) void fill_brick(int type, const fill_work_s *work, uint64_t brick) {
	const uint64_t *dims = work->volume.dims;
	uint64_t start[3];
	uint64_t rest = brick;
	for (int axis = 0; axis < 3; ++axis) {
		start[axis] = rest % work->counts[axis] * SC_BRICK_SIDE;
		rest /= work->counts[axis];
	}
	uint8_t *out = &work->voxels[brick * SC_BRICK_VOXELS];
	for (uint64_t z = 0; z < SC_BRICK_SIDE; ++z) {
		const uint64_t k = start[2] + z < dims[2] ? start[2] + z : dims[2] - 1;
		for (uint64_t y = 0; y < SC_BRICK_SIDE; ++y) {
			const uint64_t j = start[1] + y < dims[1] ? start[1] + y : dims[1] - 1;
			const uint64_t row = (k * dims[1] + j) * dims[0];
			for (uint64_t x = 0; x < SC_BRICK_SIDE; ++x) {
				const uint64_t i = start[0] + x < dims[0] ? start[0] + x : dims[0] - 1;
				*out++ = quantize(type, work, row + i);
			}
		}
	}
}

static inline __attribute__((always_inline)) void fill_bricks(int type, const fill_work_s *work, uint64_t begin, uint64_t end) {
	for (uint64_t brick = begin; brick < end; ++brick) {
		fill_brick(type, work, brick);
	}
}

static void fill_range(void *context, uint64_t begin, uint64_t end) {
	const fill_work_s *work = context;
	SC_VOLUME_DISPATCH(work->volume.type, fill_bricks, work, begin, end);
}

// The range of a brick includes one layer of voxels of the next bricks.
static void bound_range(void *context, uint64_t begin, uint64_t end) {
	const fill_work_s *work = context;
	const uint64_t *counts = work->counts;
	for (uint64_t brick = begin; brick < end; ++brick) {
		const uint64_t at[3] = { brick % counts[0], brick / counts[0] % counts[1], brick / counts[0] / counts[1] };
		uint8_t min = 255;
		uint8_t max = 0;
		for (int corner = 0; corner < 8; ++corner) {
			const uint64_t next[3] = { corner & 1, corner >> 1 & 1, corner >> 2 };
			if (at[0] + next[0] >= counts[0] || at[1] + next[1] >= counts[1] || at[2] + next[2] >= counts[2]) {
				continue;
			}
			const uint8_t *voxels = &work->voxels[SC_BRICK_VOXELS
				* (((at[2] + next[2]) * counts[1] + at[1] + next[1]) * counts[0] + at[0] + next[0])];
			for (int z = 0; z < (next[2] ? 1 : SC_BRICK_SIDE); ++z) {
				for (int y = 0; y < (next[1] ? 1 : SC_BRICK_SIDE); ++y) {
					for (int x = 0; x < (next[0] ? 1 : SC_BRICK_SIDE); ++x) {
						const uint8_t value = voxels[(z * SC_BRICK_SIDE + y) * SC_BRICK_SIDE + x];
						min = value < min ? value : min;
						max = value > max ? value : max;
					}
				}
			}
		}
		work->minima[brick] = min;
		work->maxima[brick] = max;
	}
}

int sc_bricks_fill(const void *values, uint64_t value_count, int32_t type, const uint32_t *shape, uint64_t first, double scale,
	double offset, double low, double high, uint8_t *voxels, uint64_t voxel_bytes, uint8_t *minima, uint8_t *maxima,
	uint64_t brick_count) {
	fill_work_s work = { .scale = scale, .offset = offset, .low = low, .high = high, .voxels = voxels, .minima = minima,
		.maxima = maxima };
	if (sc_volume_init(&work.volume, values, value_count, type, shape, first) < 0) {
		return sc_error_code();
	}
	const uint64_t count = sc_brick_counts(shape, work.counts);
	if (count == 0 || work.volume.components != 1) {
		return sc_fail(SC_E_INVALID, "a volume of %u x %u x %u voxels with %u values has no bricks", shape[0], shape[1], shape[2],
			shape[3]);
	}
	if (brick_count < count || voxel_bytes / SC_BRICK_VOXELS < count) {
		return sc_fail(SC_E_TOO_SMALL, "%llu bricks are too few", (unsigned long long)brick_count);
	}
	// A range is a row of bricks, so that threads read successive memory.
	sc_parallel_for(count, work.counts[0] * work.counts[1], fill_range, &work);
	sc_parallel_for(count, 1 << 12, bound_range, &work);
	return SC_OK;
}

typedef struct {
	const uint64_t *counts;
	int axis;
	const uint8_t *in;
	uint8_t *out;
} spread_work_s;

// One pass of the chessboard distance transform, along one axis: the minimum over the other bricks of the line of the larger of their
// distance and the distance that the passes before found for them.
static void spread_range(void *context, uint64_t begin, uint64_t end) {
	const spread_work_s *work = context;
	const uint64_t *counts = work->counts;
	const uint64_t step = work->axis == 0 ? 1 : work->axis == 1 ? counts[0] : counts[0] * counts[1];
	for (uint64_t brick = begin; brick < end; ++brick) {
		const uint64_t at = brick / step % counts[work->axis];
		uint8_t best = work->in[brick];
		for (uint8_t distance = 1; distance < best; ++distance) {
			const uint8_t before = at >= distance ? work->in[brick - distance * step] : SC_BRICK_MAX_DISTANCE;
			const uint8_t after = at + distance < counts[work->axis] ? work->in[brick + distance * step] : SC_BRICK_MAX_DISTANCE;
			const uint8_t nearest = before < after ? before : after;
			const uint8_t farther = nearest > distance ? nearest : distance;
			best = farther < best ? farther : best;
		}
		work->out[brick] = best;
	}
}

int sc_bricks_distances(const uint32_t *shape, const uint8_t *minima, const uint8_t *maxima, uint64_t brick_count,
	const uint8_t *visible, uint8_t *distances) {
	uint64_t counts[3];
	const uint64_t count = sc_brick_counts(shape, counts);
	if (count == 0 || brick_count < count) {
		return sc_fail(SC_E_TOO_SMALL, "%llu bricks are too few", (unsigned long long)brick_count);
	}
	uint8_t *other = malloc(count);
	if (other == NULL) {
		return sc_fail(SC_E_SYSTEM, "there is not enough memory for the bricks of a volume");
	}
	// Number of visible values up to each value.
	uint32_t before[257] = { 0 };
	for (int value = 0; value < 256; ++value) {
		before[value + 1] = before[value] + (visible[value] != 0);
	}
	for (uint64_t brick = 0; brick < count; ++brick) {
		const int is_visible = minima[brick] <= maxima[brick] && before[maxima[brick] + 1] > before[minima[brick]];
		other[brick] = is_visible ? 0 : SC_BRICK_MAX_DISTANCE;
	}
	for (int axis = 0; axis < 3; ++axis) {
		spread_work_s work = { counts, axis, axis == 1 ? distances : other, axis == 1 ? other : distances };
		sc_parallel_for(count, 1 << 15, spread_range, &work);
	}
	free(other);
	return SC_OK;
}
