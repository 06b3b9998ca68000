#include "parse_tck.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "error.h"

static const float MAX_COORDINATE = 1e18f;

static inline float read_value(const uint8_t *from, bool doubles, bool big_endian) {
	if (doubles) {
		uint64_t bits;
		memcpy(&bits, from, sizeof(bits));
		bits = big_endian ? __builtin_bswap64(bits) : bits;
		double value;
		memcpy(&value, &bits, sizeof(value));
		// The conversion of a finite number to infinity is undefined in C, and would end the file.
		return fabs(value) > 3e38 && isfinite(value) ? 3e38f : (float)value;
	}
	uint32_t bits;
	memcpy(&bits, from, sizeof(bits));
	bits = big_endian ? __builtin_bswap32(bits) : bits;
	float value;
	memcpy(&value, &bits, sizeof(value));
	return value;
}

// Inlined with constants, so that the loop for the common case has few branches inside.
static inline __attribute__((always_inline)) int64_t parse(const uint8_t *bytes, uint64_t size, sc_tck_s *state, uint64_t components,
	bool doubles, bool big_endian, float *restrict values, uint64_t max_points, uint32_t *restrict ends, uint64_t max_streamlines) {
	const uint64_t value_bytes = doubles ? 8 : 4;
	const uint64_t row_bytes = components * value_bytes;
	const uint64_t rows = size / row_bytes;
	uint64_t points = state->points;
	uint64_t row = 0;
	for (; row < rows && points < max_points && !state->is_at_end; ++row) {
		const uint8_t *from = bytes + row * row_bytes;
		float *to = values + components * points;
		bool is_valid = true;
		bool is_nan = true;
		bool is_infinite = true;
		for (uint64_t i = 0; i < components; ++i) {
			const float value = read_value(from + i * value_bytes, doubles, big_endian);
			to[i] = value;
			is_valid &= fabsf(value) <= MAX_COORDINATE;
			is_nan &= isnan(value) != 0;
			is_infinite &= isinf(value) != 0;
		}
		if (is_valid) {
			points += 1;
		} else if (is_nan) {
			if (state->passed % state->every != 0) {
				// The rows of a skipped streamline are overwritten by those of the next.
				points = state->streamlines > 0 ? ends[state->streamlines - 1] : 0;
			} else if (state->streamlines == max_streamlines) {
				break;
			} else {
				ends[state->streamlines++] = (uint32_t)points;
			}
			state->passed += 1;
		} else if (is_infinite) {
			state->is_at_end = 1;
		} else {
			points += 1;
			state->invalid += 1;
		}
	}
	state->points = (uint32_t)points;
	return (int64_t)(row * row_bytes);
}

int64_t sc_tck_parse(const uint8_t *bytes, uint64_t size, sc_tck_s *state, float *values, uint64_t max_points,
	uint32_t *ends, uint64_t max_streamlines) {
	if (state->points > max_points || state->streamlines > max_streamlines || max_points > UINT32_MAX || state->every == 0
		|| (state->components != 1 && state->components != 3)) {
		return sc_fail(SC_E_INVALID, "%u points and %u streamlines do not fit", state->points, state->streamlines);
	}
	const bool doubles = state->doubles != 0;
	const bool big_endian = state->big_endian != 0;
	if (state->components == 3 && !doubles && !big_endian) {
		return parse(bytes, size, state, 3, false, false, values, max_points, ends, max_streamlines);
	}
	return parse(bytes, size, state, state->components, doubles, big_endian, values, max_points, ends, max_streamlines);
}
