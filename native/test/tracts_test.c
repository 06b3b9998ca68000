// Parsers of streamlines, for AddressSanitizer and UndefinedBehaviorSanitizer.
#include <math.h>
#include <string.h>

#include "../error.h"
#include "../parse_tck.h"
#include "../parse_trk.h"
#include "check.h"

enum { POINTS = 5, STREAMLINES = 3, SCALARS = 1, PROPERTIES = 2, WORDS = STREAMLINES * (1 + PROPERTIES) + POINTS * (3 + SCALARS) };

static const uint32_t LENGTHS[] = { 2, 0, 3 };

// Streamlines whose values are their positions in the file.
static uint8_t *make_trk(int big_endian) {
	uint8_t *bytes = malloc(4 * WORDS);
	uint32_t word = 0;
	for (int i = 0; i < STREAMLINES; ++i) {
		const uint32_t values = LENGTHS[i] * (3 + SCALARS) + PROPERTIES;
		for (uint32_t k = 0; k <= values; ++k, ++word) {
			const float value = (float)word;
			uint32_t bits = LENGTHS[i];
			if (k > 0) {
				memcpy(&bits, &value, 4);
			}
			bits = big_endian ? __builtin_bswap32(bits) : bits;
			memcpy(bytes + 4 * word, &bits, 4);
		}
	}
	CHECK(word == WORDS);
	return bytes;
}

static sc_trk_s start(int big_endian) {
	return (sc_trk_s){ .affine = { 1, 0, 0, 0, 0, 2, 0, 0, 0, 0, 1, 0.5 }, .scalars = SCALARS, .properties = PROPERTIES,
		.big_endian = (uint32_t)big_endian, .every = 1 };
}

// Heap blocks of exactly the required size, so that the sanitizer detects an access out of bounds.
static void test_blocks(int big_endian) {
	uint8_t *bytes = make_trk(big_endian);
	for (uint64_t block = 16; block <= 4 * WORDS; ++block) {
		float *positions = malloc(3 * POINTS * sizeof(float));
		uint32_t *ends = malloc(STREAMLINES * sizeof(uint32_t));
		sc_trk_s state = start(big_endian);
		uint64_t at = 0;
		float scalar_sum = 0;
		float property_sum = 0;
		while (at < 4 * WORDS) {
			const uint64_t size = block < 4 * WORDS - at ? block : 4 * WORDS - at;
			uint8_t *part = malloc(size);
			memcpy(part, bytes + at, size);
			float *scalars = malloc(size);
			float *properties = malloc(size);
			const sc_trk_s before = state;
			const int64_t parsed = sc_trk_parse(part, size, &state, positions, POINTS, ends, STREAMLINES, scalars, properties);
			CHECK(parsed > 0);
			for (uint32_t i = 0; i < (state.points - before.points) * SCALARS; ++i) {
				scalar_sum += scalars[i];
			}
			for (uint32_t i = 0; i < (state.streamlines - before.streamlines) * PROPERTIES; ++i) {
				property_sum += properties[i];
			}
			at += (uint64_t)parsed;
			free(part);
			free(scalars);
			free(properties);
		}
		CHECK(state.points == POINTS && state.streamlines == STREAMLINES && state.invalid == 0 && state.part == SC_TRK_LENGTH);
		CHECK(ends[0] == 2 && ends[1] == 2 && ends[2] == 5);
		CHECK(positions[0] == 1 && positions[1] == 4 && positions[2] == 3.5f && positions[12] == 23);
		CHECK(scalar_sum == 4 + 8 + 18 + 22 + 26 && property_sum == 9 + 10 + 12 + 13 + 27 + 28);
		free(positions);
		free(ends);
	}
	free(bytes);
}

static void test_limits(void) {
	uint8_t *bytes = make_trk(0);
	float positions[3 * POINTS];
	uint32_t ends[STREAMLINES];
	float values[WORDS];
	// Full arrays stop the parser.
	sc_trk_s state = start(0);
	CHECK(sc_trk_parse(bytes, 4 * WORDS, &state, positions, 1, ends, STREAMLINES, values, values) == 4 + 16);
	CHECK(state.rest == 1 && state.streamlines == 0);
	state = start(0);
	CHECK(sc_trk_parse(bytes, 4 * WORDS, &state, positions, POINTS, ends, 1, values, values) == 4 * 11);
	CHECK(sc_trk_parse(bytes, 4 * WORDS, &state, positions, POINTS, ends, 0, values, values) == SC_E_INVALID);
	CHECK(sc_trk_parse(bytes, 4 * WORDS, &state, positions, 1, ends, STREAMLINES, values, values) == SC_E_INVALID);
	// A negative length, and an invalid coordinate.
	state = start(0);
	const float nan = NAN;
	memcpy(bytes + 4, &nan, 4);
	const int32_t negative = -1;
	memcpy(bytes + 4 * 11, &negative, 4);
	CHECK(sc_trk_parse(bytes, 4 * WORDS, &state, positions, POINTS, ends, STREAMLINES, values, values) == 4 * 11);
	CHECK(state.is_damaged && state.streamlines == 1 && state.invalid == 1);
	free(bytes);
}

// A streamline of 2 points, an empty one, one with an invalid point, the end, and bytes after it.
static void test_tck(int doubles, int big_endian, uint32_t components) {
	enum { ROWS = 8 };
	static const double FIRST[ROWS] = { 1, 2, NAN, NAN, 1e20, NAN, INFINITY, 7 };
	const uint64_t number = doubles ? 8 : 4;
	const uint64_t row_bytes = components * number;
	const uint64_t size = ROWS * row_bytes;
	uint8_t *bytes = malloc(size);
	for (uint64_t i = 0; i < ROWS * components; ++i) {
		const double value = FIRST[i / components];
		const float single = (float)value;
		uint64_t bits = 0;
		memcpy(&bits, doubles ? (const void *)&value : &single, number);
		bits = !big_endian ? bits : doubles ? __builtin_bswap64(bits) : __builtin_bswap32((uint32_t)bits);
		memcpy(bytes + number * i, &bits, number);
	}
	for (uint64_t block = row_bytes; block <= size; ++block) {
		sc_tck_s state = { .components = components, .doubles = (uint32_t)doubles, .big_endian = (uint32_t)big_endian, .every = 1 };
		float *values = malloc(ROWS * components * sizeof(float));
		uint32_t *ends = malloc(3 * sizeof(uint32_t));
		for (uint64_t at = 0; !state.is_at_end;) {
			const uint64_t length = block < size - at ? block : size - at;
			uint8_t *part = malloc(length);
			memcpy(part, bytes + at, length);
			const int64_t parsed = sc_tck_parse(part, length, &state, values, ROWS, ends, 3);
			CHECK(parsed > 0);
			at += (uint64_t)parsed;
			free(part);
		}
		CHECK(state.points == 3 && state.streamlines == 3 && state.invalid == 1);
		CHECK(ends[0] == 2 && ends[1] == 2 && ends[2] == 3 && values[0] == 1 && values[components] == 2);
		free(values);
		free(ends);
	}
	sc_tck_s state = { .components = components, .doubles = (uint32_t)doubles, .big_endian = (uint32_t)big_endian, .every = 1 };
	float values[3];
	uint32_t ends[1];
	CHECK(sc_tck_parse(bytes, size, &state, values, 1, ends, 1) == (int64_t)row_bytes);
	CHECK(sc_tck_parse(bytes, size, &state, values, 0, ends, 1) == SC_E_INVALID);
	state.components = 2;
	CHECK(sc_tck_parse(bytes, size, &state, values, 1, ends, 1) == SC_E_INVALID);
	free(bytes);
}

// The middle streamlines of both formats are skipped, in blocks of any size.
static void test_every_second(void) {
	uint8_t *bytes = make_trk(0);
	for (uint64_t block = 16; block <= 4 * WORDS; ++block) {
		sc_trk_s state = start(0);
		state.every = 2;
		state.declared = STREAMLINES;
		float positions[3 * POINTS];
		uint32_t ends[2];
		for (uint64_t at = 0; at < 4 * WORDS;) {
			const uint64_t size = block < 4 * WORDS - at ? block : 4 * WORDS - at;
			float *values = malloc(size);
			const int64_t parsed = sc_trk_parse(bytes + at, size, &state, positions, POINTS, ends, 2, values, values);
			CHECK(parsed > 0);
			at += (uint64_t)parsed;
			free(values);
		}
		CHECK(state.passed == 3 && state.streamlines == 2 && state.points == 5 && ends[0] == 2 && ends[1] == 5);
		CHECK(sc_trk_parse(bytes, 16, &state, positions, POINTS, ends, 2, positions, positions) == 0);
	}
	sc_trk_s none = { .every = 0 };
	CHECK(sc_trk_parse(bytes, 4, &none, NULL, 0, NULL, 0, NULL, NULL) == SC_E_INVALID);
	free(bytes);
	const float scalars[] = { 1, 2, NAN, 3, 4, NAN, 5, NAN, INFINITY };
	for (uint64_t block = 4; block <= sizeof(scalars); ++block) {
		sc_tck_s state = { .components = 1, .every = 2 };
		float values[5];
		uint32_t ends[2];
		for (uint64_t at = 0; !state.is_at_end;) {
			const uint64_t size = block < sizeof(scalars) - at ? block : sizeof(scalars) - at;
			at += (uint64_t)sc_tck_parse((const uint8_t *)scalars + at, size, &state, values, 5, ends, 2);
		}
		CHECK(state.passed == 3 && state.streamlines == 2 && ends[0] == 2 && ends[1] == 3 && values[2] == 5);
	}
}

int main(void) {
	for (int i = 0; i < 8; ++i) {
		test_tck(i & 1, i >> 1 & 1, i & 4 ? 1 : 3);
	}
	test_blocks(0);
	test_blocks(1);
	test_limits();
	test_every_second();
	puts("tracts: ok");
	return 0;
}
