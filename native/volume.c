#include "volume.h"

#include <math.h>
#include <pthread.h>

#include "error.h"
#include "parallel.h"

#define GRAIN (1 << 20)

static const uint8_t TYPE_BYTES[SC_NUMBER_TYPES] = { 1, 1, 2, 2, 4, 4, 4, 8 };

static int check_type(int32_t type) {
	return type >= 0 && type < SC_NUMBER_TYPES ? SC_OK : sc_fail(SC_E_INVALID, "there is no type %d of voxels", type);
}

int sc_volume_init(sc_volume_s *volume, const void *values, uint64_t value_count, int32_t type, const uint32_t *shape, uint64_t first) {
	if (check_type(type) < 0) {
		return sc_error_code();
	}
	uint64_t needed = 1;
	for (int axis = 0; axis < 4; ++axis) {
		if (shape[axis] == 0 || __builtin_mul_overflow(needed, (uint64_t)shape[axis], &needed)) {
			return sc_fail(SC_E_INVALID, "a volume of %u x %u x %u voxels with %u values is impossible", shape[0], shape[1], shape[2],
				shape[3]);
		}
	}
	if (first > value_count || needed > value_count - first) {
		return sc_fail(SC_E_TOO_SMALL, "%llu values are too few for the volume", (unsigned long long)value_count);
	}
	*volume = (sc_volume_s){ (const char *)values + first * TYPE_BYTES[type], type, { shape[0], shape[1], shape[2] }, shape[3] };
	return SC_OK;
}

typedef struct {
	const void *values;
	int type;
	pthread_mutex_t mutex;
	sc_volume_range_s range;
} range_work_s;

static inline __attribute__((always_inline)) void range_of(int type, const void *values, uint64_t begin, uint64_t end,
	sc_volume_range_s *range) {
	double min = INFINITY;
	double max = -INFINITY;
	uint64_t invalid = 0;
	for (uint64_t i = begin; i < end; ++i) {
		const double value = sc_number_load(values, type, i);
		if (type >= SC_NUMBER_FLOAT32 && !isfinite(value)) {
			++invalid;
			continue;
		}
		min = value < min ? value : min;
		max = value > max ? value : max;
	}
	*range = (sc_volume_range_s){ min, max, (double)invalid };
}

static void merge_range(void *context, uint64_t begin, uint64_t end) {
	range_work_s *work = context;
	sc_volume_range_s part;
	SC_VOLUME_DISPATCH(work->type, range_of, work->values, begin, end, &part);
	pthread_mutex_lock(&work->mutex);
	work->range.min = fmin(work->range.min, part.min);
	work->range.max = fmax(work->range.max, part.max);
	work->range.invalid += part.invalid;
	pthread_mutex_unlock(&work->mutex);
}

int sc_volume_range(const void *values, uint64_t value_count, int32_t type, sc_volume_range_s *range) {
	if (check_type(type) < 0) {
		return sc_error_code();
	}
	range_work_s work = { values, type, PTHREAD_MUTEX_INITIALIZER, { INFINITY, -INFINITY, 0 } };
	sc_parallel_for(value_count, GRAIN, merge_range, &work);
	pthread_mutex_destroy(&work.mutex);
	*range = work.range;
	return SC_OK;
}
