#include "line_filter.h"

#include <math.h>
#include <string.h>

#include "error.h"
#include "line_values.h"
#include "parallel.h"

#define LINES_GRAIN 1024
#define WORDS_GRAIN 4096

typedef struct {
	const sc_lines_s *lines;
	const sc_values_s *values;
	const uint32_t *bits_in;
	const double *shape;
	float *floats;
	double *doubles;
	uint8_t *bytes;
	uint32_t *bits;
	uint64_t count;
	double low;
	double high;
	int axis;
} work_s;

static int check(const sc_lines_s *lines, uint64_t out_count) {
	return out_count >= lines->lines ? SC_OK
		: sc_fail(SC_E_TOO_SMALL, "%llu results are too few for %llu streamlines", (unsigned long long)out_count,
			(unsigned long long)lines->lines);
}

// The points of a streamline; none if its offsets are invalid.
static void range_of(const sc_lines_s *lines, uint64_t line, uint64_t *first, uint64_t *end) {
	*first = lines->offsets[line];
	*end = lines->offsets[line + 1];
	if (*end > lines->points || *first > *end) {
		*end = *first;
	}
}

static void lengths_range(void *context, uint64_t begin, uint64_t end) {
	const work_s *work = context;
	for (uint64_t line = begin; line < end; ++line) {
		uint64_t first, last;
		range_of(work->lines, line, &first, &last);
		double sum = 0;
		for (uint64_t point = first; point + 1 < last; ++point) {
			const float *p = &work->lines->positions[3 * point];
			const float x = p[3] - p[0];
			const float y = p[4] - p[1];
			const float z = p[5] - p[2];
			const float length = sqrtf(x * x + y * y + z * z);
			sum += length < INFINITY ? (double)length : 0;
		}
		work->floats[line] = (float)sum;
	}
}

int sc_lines_lengths(const sc_lines_s *lines, float *out, uint64_t out_count) {
	if (check(lines, out_count) < 0) {
		return sc_error_code();
	}
	work_s work = { .lines = lines, .floats = out };
	sc_parallel_for(lines->lines, LINES_GRAIN, lengths_range, &work);
	return SC_OK;
}

static void means_range(void *context, uint64_t begin, uint64_t end) {
	const work_s *work = context;
	for (uint64_t line = begin; line < end; ++line) {
		uint64_t first, last;
		range_of(work->lines, line, &first, &last);
		double sum = 0;
		uint64_t count = 0;
		for (uint64_t point = first; point < last; ++point) {
			const double value = sc_value(work->values, point);
			if (!isnan(value)) {
				sum += value;
				++count;
			}
		}
		work->doubles[line] = count > 0 ? sum / (double)count : (double)NAN;
	}
}

int sc_lines_means(const sc_lines_s *lines, const sc_values_s *values, double *out, uint64_t out_count) {
	if (check(lines, out_count) < 0) {
		return sc_error_code();
	}
	if (!sc_values_are_valid(values, lines->points)) {
		return sc_fail(SC_E_INVALID, "%llu values are too few, or have no such component", (unsigned long long)values->count);
	}
	work_s work = { .lines = lines, .values = values, .doubles = out };
	sc_parallel_for(lines->lines, LINES_GRAIN, means_range, &work);
	return SC_OK;
}

static void any_range(void *context, uint64_t begin, uint64_t end) {
	const work_s *work = context;
	for (uint64_t line = begin; line < end; ++line) {
		uint64_t point, last;
		range_of(work->lines, line, &point, &last);
		while (point < last && (work->bits_in[point >> 5] >> (point & 31) & 1) == 0) {
			++point;
		}
		work->bytes[line] = point < last;
	}
}

int sc_lines_any(const sc_lines_s *lines, const uint32_t *bits, uint64_t bit_count, uint8_t *out, uint64_t out_count) {
	if (check(lines, out_count) < 0) {
		return sc_error_code();
	}
	if (bit_count < lines->points) {
		return sc_fail(SC_E_TOO_SMALL, "%llu bits are too few", (unsigned long long)bit_count);
	}
	work_s work = { .lines = lines, .bits_in = bits, .bytes = out };
	sc_parallel_for(lines->lines, LINES_GRAIN, any_range, &work);
	return SC_OK;
}

// Whether the part of a segment nearest to the centre is within the radius. NaN is not.
static int meets_sphere(const float *p, int has_next, const double *sphere) {
	double to[3];
	double along = 0;
	double squared = 0;
	for (int axis = 0; axis < 3; ++axis) {
		to[axis] = sphere[axis] - (double)p[axis];
		const double d = has_next ? (double)p[3 + axis] - (double)p[axis] : 0;
		along += to[axis] * d;
		squared += d * d;
	}
	const double t = squared > 0 ? fmin(1, fmax(0, along / squared)) : 0;
	double distance = 0;
	for (int axis = 0; axis < 3; ++axis) {
		const double d = to[axis] - (t > 0 ? t * ((double)p[3 + axis] - (double)p[axis]) : 0);
		distance += d * d;
	}
	return distance <= sphere[3] * sphere[3];
}

// Whether a segment has a part within the box (slab method). NaN has none.
static int meets_box(const float *p, int has_next, const double *box) {
	double t0 = 0;
	double t1 = 1;
	for (int axis = 0; axis < 3; ++axis) {
		const double from = (double)p[axis];
		const double d = has_next ? (double)p[3 + axis] - from : 0;
		if (d == 0) {
			if (!(from >= box[axis] && from <= box[3 + axis])) {
				return 0;
			}
			continue;
		}
		const double a = (box[axis] - from) / d;
		const double b = (box[3 + axis] - from) / d;
		t0 = fmax(t0, fmin(a, b));
		t1 = fmin(t1, fmax(a, b));
		if (isnan(d)) {
			return 0;
		}
	}
	return t0 <= t1;
}

static void shape_range(void *context, uint64_t begin, uint64_t end) {
	const work_s *work = context;
	int (*meets)(const float *, int, const double *) = work->axis == 0 ? meets_sphere : meets_box;
	for (uint64_t line = begin; line < end; ++line) {
		uint64_t point, last;
		range_of(work->lines, line, &point, &last);
		while (point < last && !meets(&work->lines->positions[3 * point], point + 1 < last, work->shape)) {
			++point;
		}
		work->bytes[line] = point < last;
	}
}

int sc_lines_in_sphere(const sc_lines_s *lines, const double *sphere, uint8_t *out, uint64_t out_count) {
	if (check(lines, out_count) < 0) {
		return sc_error_code();
	}
	work_s work = { .lines = lines, .shape = sphere, .bytes = out, .axis = 0 };
	sc_parallel_for(lines->lines, LINES_GRAIN, shape_range, &work);
	return SC_OK;
}

int sc_lines_in_box(const sc_lines_s *lines, const double *box, uint8_t *out, uint64_t out_count) {
	if (check(lines, out_count) < 0) {
		return sc_error_code();
	}
	work_s work = { .lines = lines, .shape = box, .bytes = out, .axis = 1 };
	sc_parallel_for(lines->lines, LINES_GRAIN, shape_range, &work);
	return SC_OK;
}

static void mark_range(void *context, uint64_t begin, uint64_t end) {
	const work_s *work = context;
	for (uint64_t word = begin; word < end; ++word) {
		uint32_t inside = 0;
		for (uint64_t bit = 0; bit < 32 && 32 * word + bit < work->count; ++bit) {
			const uint64_t element = 32 * word + bit;
			const double value = work->values != NULL ? sc_value(work->values, element)
				: (double)work->lines->positions[3 * element + (uint64_t)work->axis];
			inside |= (uint32_t)(value >= work->low && value <= work->high) << bit;
		}
		work->bits[word] &= inside;
	}
}

int sc_values_mark(const sc_values_s *values, double low, double high, uint32_t *bits, uint64_t bit_count) {
	if (!sc_values_are_valid(values, 0) || bit_count < values->count) {
		return sc_fail(SC_E_INVALID, "%llu values cannot be marked in %llu bits", (unsigned long long)values->count,
			(unsigned long long)bit_count);
	}
	work_s work = { .values = values, .bits = bits, .count = values->count, .low = low, .high = high };
	sc_parallel_for((values->count + 31) / 32, WORDS_GRAIN, mark_range, &work);
	return SC_OK;
}

int sc_lines_mark_slab(const sc_lines_s *lines, int axis, double low, double high, uint32_t *bits, uint64_t bit_count) {
	if (axis < 0 || axis > 2 || bit_count < lines->points) {
		return sc_fail(SC_E_INVALID, "%llu points cannot be marked in %llu bits along axis %d", (unsigned long long)lines->points,
			(unsigned long long)bit_count, axis);
	}
	work_s work = { .lines = lines, .bits = bits, .count = lines->points, .low = low, .high = high, .axis = axis };
	sc_parallel_for((lines->points + 31) / 32, WORDS_GRAIN, mark_range, &work);
	return SC_OK;
}
