#include "line_sample.h"

#include <math.h>

#include "error.h"
#include "line_values.h"
#include "parallel.h"

#define LINES_GRAIN 512
#define POINTS_GRAIN 65536

typedef struct {
	const sc_lines_s *lines;
	const sc_grid_s *grid;
	float *floats;
	uint8_t *bytes;
	int ends;
} work_s;

static int check(const sc_lines_s *lines, const sc_grid_s *grid, uint64_t wanted, uint64_t out_count) {
	const uint64_t voxels = (uint64_t)grid->dims[0] * grid->dims[1] * grid->dims[2];
	// The product of three numbers below 2^21 does not overflow.
	if (grid->dims[0] >= 1 << 21 || grid->dims[1] >= 1 << 21 || grid->dims[2] >= 1 << 21 || voxels == 0
		|| !sc_values_are_valid(&grid->values, voxels)) {
		return sc_fail(SC_E_INVALID, "%llu values are too few for %u x %u x %u voxels", (unsigned long long)grid->values.count,
			grid->dims[0], grid->dims[1], grid->dims[2]);
	}
	return out_count >= wanted ? SC_OK
		: sc_fail(SC_E_TOO_SMALL, "%llu results are too few for %llu streamlines", (unsigned long long)out_count,
			(unsigned long long)lines->lines);
}

// Voxel coordinates of a point. @returns whether they are within the voxels, whose borders are half a voxel around their centres
static int to_voxel(const sc_grid_s *grid, const float *p, double voxel[3]) {
	for (int axis = 0; axis < 3; ++axis) {
		const double *row = &grid->to_voxel[4 * axis];
		voxel[axis] = row[0] * (double)p[0] + row[1] * (double)p[1] + row[2] * (double)p[2] + row[3];
		if (!(voxel[axis] >= -0.5 && voxel[axis] <= grid->dims[axis] - 0.5)) {
			return 0;
		}
	}
	return 1;
}

static uint64_t element_of(const sc_grid_s *grid, const uint64_t at[3]) {
	return at[0] + grid->dims[0] * (at[1] + grid->dims[1] * at[2]);
}

static double interpolated(const sc_grid_s *grid, const double voxel[3]) {
	uint64_t low[3];
	double share[3];
	for (int axis = 0; axis < 3; ++axis) {
		const double last = grid->dims[axis] - 1.0;
		const double at = voxel[axis] < 0 ? 0 : voxel[axis] > last ? last : voxel[axis];
		low[axis] = (uint64_t)at;
		share[axis] = at - (double)low[axis];
	}
	double sum = 0;
	for (int corner = 0; corner < 8; ++corner) {
		double weight = 1;
		uint64_t at[3];
		for (int axis = 0; axis < 3; ++axis) {
			const int is_high = corner >> axis & 1;
			weight *= is_high ? share[axis] : 1 - share[axis];
			at[axis] = low[axis] + (uint64_t)is_high;
		}
		// A corner outside of the voxels has no weight.
		if (weight > 0) {
			sum += weight * sc_value(&grid->values, element_of(grid, at));
		}
	}
	return grid->slope * sum + grid->intercept;
}

static void sample_range(void *context, uint64_t begin, uint64_t end) {
	const work_s *work = context;
	for (uint64_t point = begin; point < end; ++point) {
		double voxel[3];
		const int is_inside = to_voxel(work->grid, &work->lines->positions[3 * point], voxel);
		work->floats[point] = is_inside ? (float)interpolated(work->grid, voxel) : NAN;
	}
}

int sc_lines_sample(const sc_lines_s *lines, const sc_grid_s *grid, float *out, uint64_t out_count) {
	if (check(lines, grid, lines->points, out_count) < 0) {
		return sc_error_code();
	}
	work_s work = { .lines = lines, .grid = grid, .floats = out };
	sc_parallel_for(lines->points, POINTS_GRAIN, sample_range, &work);
	return SC_OK;
}

static int is_in_mask(const work_s *work, uint64_t point) {
	double voxel[3];
	if (!to_voxel(work->grid, &work->lines->positions[3 * point], voxel)) {
		return 0;
	}
	uint64_t at[3];
	for (int axis = 0; axis < 3; ++axis) {
		const double last = work->grid->dims[axis] - 1.0;
		const double nearest = floor(voxel[axis] + 0.5);
		at[axis] = (uint64_t)(nearest < 0 ? 0 : nearest > last ? last : nearest);
	}
	const double value = work->grid->slope * sc_value(&work->grid->values, element_of(work->grid, at)) + work->grid->intercept;
	return value < 0 || value > 0;
}

static void mask_range(void *context, uint64_t begin, uint64_t end) {
	const work_s *work = context;
	for (uint64_t line = begin; line < end; ++line) {
		uint64_t point = work->lines->offsets[line];
		const uint64_t last = work->lines->offsets[line + 1];
		work->bytes[line] = 0;
		if (point >= last || last > work->lines->points) {
			continue;
		}
		if (work->ends) {
			work->bytes[line] = is_in_mask(work, point) && is_in_mask(work, last - 1);
			continue;
		}
		while (point < last && !is_in_mask(work, point)) {
			++point;
		}
		work->bytes[line] = point < last;
	}
}

int sc_lines_in_mask(const sc_lines_s *lines, const sc_grid_s *grid, int ends, uint8_t *out, uint64_t out_count) {
	if (check(lines, grid, lines->lines, out_count) < 0) {
		return sc_error_code();
	}
	work_s work = { .lines = lines, .grid = grid, .bytes = out, .ends = ends };
	sc_parallel_for(lines->lines, LINES_GRAIN, mask_range, &work);
	return SC_OK;
}
