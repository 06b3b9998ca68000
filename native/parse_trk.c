#include "parse_trk.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "error.h"

static const float MAX_COORDINATE = 1e18f;

static inline uint32_t read_word(const uint8_t *from, bool big_endian) {
	uint32_t word;
	memcpy(&word, from, sizeof(word));
	return big_endian ? __builtin_bswap32(word) : word;
}

static inline float read_float(const uint8_t *from, bool big_endian) {
	const uint32_t word = read_word(from, big_endian);
	float value;
	memcpy(&value, &word, sizeof(value));
	return value;
}

static void copy_floats(const uint8_t *from, uint64_t count, bool big_endian, float *to) {
	for (uint64_t i = 0; i < count; ++i) {
		to[i] = read_float(from + 4 * i, big_endian);
	}
}

// Transforms points. Inlined with constants, so that the loop for the common case has no branches inside.
static inline __attribute__((always_inline)) uint32_t transform(const uint8_t *from, uint64_t count, uint64_t stride, bool big_endian,
	const double *restrict m, float *restrict to) {
	uint32_t invalid = 0;
	for (uint64_t i = 0; i < count; ++i, from += stride, to += 3) {
		const double x = (double)read_float(from, big_endian);
		const double y = (double)read_float(from + 4, big_endian);
		const double z = (double)read_float(from + 8, big_endian);
		to[0] = (float)(m[0] * x + m[1] * y + m[2] * z + m[3]);
		to[1] = (float)(m[4] * x + m[5] * y + m[6] * z + m[7]);
		to[2] = (float)(m[8] * x + m[9] * y + m[10] * z + m[11]);
		// The negation includes NaN.
		invalid += !((fabsf(to[0]) <= MAX_COORDINATE) & (fabsf(to[1]) <= MAX_COORDINATE) & (fabsf(to[2]) <= MAX_COORDINATE));
	}
	return invalid;
}

static inline uint64_t smaller(uint64_t a, uint64_t b) { return a < b ? a : b; }

int64_t sc_trk_parse(const uint8_t *bytes, uint64_t size, sc_trk_s *state, float *positions, uint64_t max_points,
	uint32_t *ends, uint64_t max_streamlines, float *scalars, float *properties) {
	if (state->points > max_points || state->streamlines > max_streamlines || state->part > SC_TRK_PROPERTIES
		|| max_points > UINT32_MAX || state->every == 0 || state->scalars > INT16_MAX || state->properties > INT16_MAX) {
		return sc_fail(SC_E_INVALID, "%u points and %u streamlines do not fit", state->points, state->streamlines);
	}
	const bool big_endian = state->big_endian != 0;
	const uint64_t point_bytes = 4 * (3 + (uint64_t)state->scalars);
	const uint64_t property_bytes = 4 * (uint64_t)state->properties;
	const uint8_t *at = bytes;
	const uint8_t *const end = bytes + size;
	for (;;) {
		const uint64_t available = (uint64_t)(end - at);
		const bool is_read = state->passed % state->every == 0;
		if (state->part == SC_TRK_LENGTH) {
			const bool is_full = is_read && state->streamlines == max_streamlines;
			if (available < 4 || is_full || (state->declared > 0 && state->passed == state->declared)) {
				break;
			}
			const uint32_t length = read_word(at, big_endian);
			if (length > INT32_MAX) {
				state->is_damaged = 1;
				break;
			}
			at += 4;
			state->rest = length;
			state->part = SC_TRK_POINTS;
		} else if (state->part == SC_TRK_POINTS) {
			uint64_t count = smaller(state->rest, available / point_bytes);
			if (!is_read) {
				at += point_bytes * count;
				state->rest -= (uint32_t)count;
				if (state->rest > 0) {
					break;
				}
				state->part = SC_TRK_PROPERTIES;
				continue;
			}
			count = smaller(count, max_points - state->points);
			float *to = positions + 3 * (uint64_t)state->points;
			if (state->scalars == 0 && !big_endian) {
				state->invalid += transform(at, count, 12, false, state->affine, to);
			} else {
				state->invalid += transform(at, count, point_bytes, big_endian, state->affine, to);
				for (uint64_t i = 0; i < count; ++i, scalars += state->scalars) {
					copy_floats(at + point_bytes * i + 12, state->scalars, big_endian, scalars);
				}
			}
			at += point_bytes * count;
			state->points += (uint32_t)count;
			state->rest -= (uint32_t)count;
			if (state->rest > 0) {
				break;
			}
			state->part = SC_TRK_PROPERTIES;
		} else {
			if (available < property_bytes) {
				break;
			}
			if (is_read) {
				copy_floats(at, state->properties, big_endian, properties);
				properties += state->properties;
				ends[state->streamlines++] = state->points;
			}
			at += property_bytes;
			state->passed += 1;
			state->part = SC_TRK_LENGTH;
		}
	}
	return at - bytes;
}
