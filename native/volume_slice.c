#include "volume_slice.h"

#include <math.h>

#include "error.h"
#include "parallel.h"

#define MIN_TEXELS (1 << 14)
#define MAX_COMPONENTS 4
#define LIMIT 1e38

typedef struct {
	sc_volume_s volume;
	sc_slice_plane_s plane;
	int is_linear;
	uint32_t width;
	uint64_t channels;
	float *out;
} slice_work_s;

// Infinities and NaN give the marker; other values are limited to what float32 holds.
static inline float to_texel(double value) {
	return !isfinite(value) ? SC_SLICE_EMPTY : (float)(value > LIMIT ? LIMIT : value < -LIMIT ? -LIMIT : value);
}

// Interpolates between the voxels around `at`, which is within half a voxel of the volume.
static inline __attribute__((always_inline)) double interpolate(int type, const sc_volume_s *volume, const double at[3],
	uint64_t component) {
	uint64_t low[3];
	uint64_t high[3];
	double fraction[3];
	for (int axis = 0; axis < 3; ++axis) {
		const double last = (double)(volume->dims[axis] - 1);
		const double inside = at[axis] < 0 ? 0 : at[axis] > last ? last : at[axis];
		low[axis] = (uint64_t)inside;
		high[axis] = low[axis] + 1 < volume->dims[axis] ? low[axis] + 1 : low[axis];
		fraction[axis] = inside - (double)low[axis];
	}
	double sum = 0;
	double total = 0;
	for (int corner = 0; corner < 8; ++corner) {
		const uint64_t i = corner & 1 ? high[0] : low[0];
		const uint64_t j = corner & 2 ? high[1] : low[1];
		const uint64_t k = corner & 4 ? high[2] : low[2];
		const double weight = (corner & 1 ? fraction[0] : 1 - fraction[0]) * (corner & 2 ? fraction[1] : 1 - fraction[1])
			* (corner & 4 ? fraction[2] : 1 - fraction[2]);
		// Texels at voxel centres have no weight for the other rows, which would be cache misses.
		if (weight == 0) {
			continue;
		}
		const uint64_t voxel = (k * volume->dims[1] + j) * volume->dims[0] + i;
		const double value = sc_number_load(volume->values, type, voxel * volume->components + component);
		if (type < SC_NUMBER_FLOAT32 || isfinite(value)) {
			sum += weight * value;
			total += weight;
		}
	}
	return total > 0 ? sum / total : NAN;
}

static inline __attribute__((always_inline)) void fill_rows(int type, const slice_work_s *work, uint64_t begin, uint64_t end) {
	const sc_volume_s *volume = &work->volume;
	const sc_slice_plane_s *plane = &work->plane;
	const uint64_t components = volume->components;
	for (uint64_t row = begin; row < end; ++row) {
		for (uint64_t column = 0; column < work->width; ++column) {
			float *texel = &work->out[(row * work->width + column) * work->channels];
			double at[3];
			uint64_t voxel = 0;
			int is_inside = 1;
			for (int axis = 2; axis >= 0; --axis) {
				at[axis] = plane->origin[axis] + (double)column * plane->along_s[axis] + (double)row * plane->along_t[axis];
				const double nearest = at[axis] + 0.5;
				// NaN is outside.
				is_inside &= nearest >= 0 && nearest < (double)volume->dims[axis];
				voxel = voxel * volume->dims[axis] + (is_inside ? (uint64_t)nearest : 0);
			}
			for (uint64_t component = 0; component < components; ++component) {
				double value = is_inside ? sc_number_load(volume->values, type, voxel * components + component) : NAN;
				if (work->is_linear && isfinite(value)) {
					value = interpolate(type, volume, at, component);
				}
				texel[component] = to_texel(plane->scale * value + plane->offset);
			}
		}
	}
}

static void fill_range(void *context, uint64_t begin, uint64_t end) {
	const slice_work_s *work = context;
	SC_VOLUME_DISPATCH(work->volume.type, fill_rows, work, begin, end);
}

int sc_volume_slice(const void *values, uint64_t value_count, int32_t type, const uint32_t *shape, uint64_t first,
	const sc_slice_plane_s *plane, int32_t is_linear, uint32_t width, uint32_t height, float *out, uint64_t out_count) {
	slice_work_s work = { .plane = *plane, .is_linear = is_linear, .width = width, .out = out };
	if (sc_volume_init(&work.volume, values, value_count, type, shape, first) < 0) {
		return sc_error_code();
	}
	work.channels = work.volume.components == 3 ? 4 : work.volume.components;
	if (work.volume.components > MAX_COMPONENTS || width == 0 || height == 0) {
		return sc_fail(SC_E_INVALID, "a slice of %ux%u texels with %u components cannot be made", width, height, shape[3]);
	}
	if (out_count / width / work.channels < height) {
		return sc_fail(SC_E_TOO_SMALL, "%llu values are too few for the slice", (unsigned long long)out_count);
	}
	const uint64_t rows = MIN_TEXELS / width;
	sc_parallel_for(height, rows > 0 ? rows : 1, fill_range, &work);
	return SC_OK;
}
