// Slices and statistics of random and malformed volumes, for AddressSanitizer and ThreadSanitizer. Results are compared with simple
// reference implementations, and must be equal for 1 to 8 threads.
#include <math.h>
#include <string.h>

#include "../error.h"
#include "../parallel.h"
#include "../volume_slice.h"
#include "check.h"
#include "random.h"

enum { ROUNDS = 60 };

static const uint64_t BYTES[SC_NUMBER_TYPES] = { 1, 1, 2, 2, 4, 4, 4, 8 };

// Heap array of exactly the required size, so that AddressSanitizer detects an access out of bounds.
static void *random_values(int type, uint64_t count) {
	void *values = malloc(count * BYTES[type]);
	for (uint64_t i = 0; i < count; ++i) {
		const double wild[] = { NAN, INFINITY, -INFINITY, 1e30, -0.0 };
		const uint32_t bits = random_state * 2654435761u ^ random_below(1 << 24);
		const double real = random_below(10) == 0 ? wild[random_below(5)] : random_between(-100, 100);
		if (type == SC_NUMBER_FLOAT32) {
			((float *)values)[i] = (float)real;
		} else if (type == SC_NUMBER_FLOAT64) {
			((double *)values)[i] = real;
		} else {
			memcpy((char *)values + i * BYTES[type], &bits, BYTES[type]);
		}
	}
	return values;
}

static double voxel_at(const void *values, int type, const uint32_t *shape, uint64_t first, const double at[3], uint64_t component) {
	uint64_t voxel = 0;
	for (int axis = 2; axis >= 0; --axis) {
		const double nearest = floor(at[axis] + 0.5);
		if (!(nearest >= 0 && nearest < shape[axis])) {
			return NAN;
		}
		voxel = voxel * shape[axis] + (uint64_t)nearest;
	}
	return sc_number_load(values, type, first + voxel * shape[3] + component);
}

// Trilinear interpolation as three nested linear ones over the voxel centres that are not NaN.
static double interpolated_at(const void *values, int type, const uint32_t *shape, uint64_t first, const double at[3],
	uint64_t component) {
	double sum = 0;
	double total = 0;
	for (int corner = 0; corner < 8; ++corner) {
		double weight = 1;
		double place[3];
		for (int axis = 0; axis < 3; ++axis) {
			const double inside = fmin(fmax(at[axis], 0), shape[axis] - 1.0);
			place[axis] = floor(inside) + (corner >> axis & 1);
			weight *= 1 - fabs(inside - place[axis]);
		}
		const double value = weight > 0 ? voxel_at(values, type, shape, first, place, component) : NAN;
		if (isfinite(value)) {
			sum += weight * value;
			total += weight;
		}
	}
	return sum / total;
}

static void test_slices(void) {
	for (int round = 0; round < ROUNDS; ++round) {
		const int type = (int)random_below(SC_NUMBER_TYPES);
		const uint32_t shape[4] = { 1 + random_below(12), 1 + random_below(12), 1 + random_below(12), 1 + random_below(4) };
		const uint64_t voxels = (uint64_t)shape[0] * shape[1] * shape[2] * shape[3];
		const uint64_t first = voxels * random_below(3);
		void *values = random_values(type, first + voxels);
		const uint32_t width = 1 + random_below(60);
		const uint32_t height = 1 + random_below(round % 5 == 0 ? 900 : 40);
		const uint64_t channels = shape[3] == 3 ? 4 : shape[3];
		const uint64_t count = (uint64_t)width * height * channels;
		float *out = calloc(count, sizeof(float));
		sc_slice_plane_s plane = { .scale = random_between(-2, 2), .offset = random_between(-5, 5) };
		for (int axis = 0; axis < 3; ++axis) {
			plane.origin[axis] = random_between(-3, shape[axis] + 3.0);
			plane.along_s[axis] = random_between(-0.4, 0.4);
			plane.along_t[axis] = random_between(-0.4, 0.4);
		}
		const int is_linear = round & 1;
		for (int threads = 1; threads <= SC_PARALLEL_MAX_THREADS; threads += 3) {
			sc_parallel_set_threads(threads);
			CHECK(sc_volume_slice(values, first + voxels, type, shape, first, &plane, is_linear, width, height, out, count) == SC_OK);
			for (uint64_t texel = 0; texel < (uint64_t)width * height; ++texel) {
				double at[3];
				for (int axis = 0; axis < 3; ++axis) {
					at[axis] = plane.origin[axis] + (double)(texel % width) * plane.along_s[axis]
						+ (double)(texel / width) * plane.along_t[axis];
				}
				for (uint64_t component = 0; component < shape[3]; ++component) {
					double value = voxel_at(values, type, shape, first, at, component);
					if (is_linear && isfinite(value)) {
						value = interpolated_at(values, type, shape, first, at, component);
					}
					const double expected = isfinite(value) ? plane.scale * value + plane.offset : (double)SC_SLICE_EMPTY;
					const double shown = (double)out[texel * channels + component];
					CHECK(fabs(shown - expected) <= 1e-5 * (1 + fabs(expected)));
				}
			}
		}
		free(values);
		free(out);
	}
	sc_parallel_set_threads(0);
}

static void test_range(void) {
	for (int type = 0; type < SC_NUMBER_TYPES; ++type) {
		const uint64_t count = type == SC_NUMBER_INT16 ? 3000000 : 1 + random_below(5000);
		void *values = random_values(type, count);
		sc_volume_range_s expected = { INFINITY, -INFINITY, 0 };
		for (uint64_t i = 0; i < count; ++i) {
			const double value = sc_number_load(values, type, i);
			if (isfinite(value)) {
				expected.min = fmin(expected.min, value);
				expected.max = fmax(expected.max, value);
			} else {
				++expected.invalid;
			}
		}
		for (int threads = 1; threads <= SC_PARALLEL_MAX_THREADS; threads += 3) {
			sc_parallel_set_threads(threads);
			sc_volume_range_s range;
			CHECK(sc_volume_range(values, count, type, &range) == SC_OK);
			CHECK(range.min == expected.min && range.max == expected.max && range.invalid == expected.invalid);
		}
		free(values);
	}
	sc_parallel_set_threads(0);
}

static void test_invalid(void) {
	const uint8_t values[8] = { 0 };
	float out[16];
	sc_volume_range_s range;
	sc_slice_plane_s plane = { .origin = { NAN, INFINITY, -INFINITY }, .along_s = { 1e300, NAN, 0 }, .scale = 1 };
	const uint32_t shape[4] = { 2, 2, 2, 1 };
	CHECK(sc_volume_range(values, 8, -1, &range) == SC_E_INVALID);
	CHECK(sc_volume_range(values, 8, SC_NUMBER_TYPES, &range) == SC_E_INVALID);
	CHECK(sc_volume_slice(values, 8, SC_NUMBER_UINT8, shape, 0, &plane, 0, 4, 4, out, 16) == SC_OK);
	CHECK(out[0] == SC_SLICE_EMPTY && out[15] == SC_SLICE_EMPTY);
	CHECK(sc_volume_slice(values, 8, SC_NUMBER_UINT8, shape, 0, &plane, 1, 4, 4, out, 15) == SC_E_TOO_SMALL);
	CHECK(sc_volume_slice(values, 8, SC_NUMBER_UINT8, shape, 1, &plane, 1, 4, 4, out, 16) == SC_E_TOO_SMALL);
	CHECK(sc_volume_slice(values, 8, SC_NUMBER_UINT8, shape, UINT64_MAX, &plane, 1, 4, 4, out, 16) == SC_E_TOO_SMALL);
	CHECK(sc_volume_slice(values, 7, SC_NUMBER_UINT8, shape, 0, &plane, 1, 4, 4, out, 16) == SC_E_TOO_SMALL);
	CHECK(sc_volume_slice(values, 8, 99, shape, 0, &plane, 1, 4, 4, out, 16) == SC_E_INVALID);
	CHECK(sc_volume_slice(values, 8, SC_NUMBER_UINT8, shape, 0, &plane, 1, 0, 4, out, 16) == SC_E_INVALID);
	const uint32_t impossible[][4] = { { 0, 2, 2, 1 }, { 2, 2, 2, 0 }, { UINT32_MAX, UINT32_MAX, UINT32_MAX, 1 } };
	for (size_t i = 0; i < sizeof(impossible) / sizeof(*impossible); ++i) {
		CHECK(sc_volume_slice(values, 8, SC_NUMBER_UINT8, impossible[i], 0, &plane, 0, 4, 4, out, 16) == SC_E_INVALID);
	}
	const uint32_t many[4] = { 1, 1, 1, 8 };
	CHECK(sc_volume_slice(values, 8, SC_NUMBER_UINT8, many, 0, &plane, 0, 1, 1, out, 16) == SC_E_INVALID);
}

int main(void) {
	test_slices();
	test_range();
	test_invalid();
	printf("volume: ok\n");
	return 0;
}
