// Parsers of rows, for AddressSanitizer and UndefinedBehaviorSanitizer.
#include <string.h>

#include "../error.h"
#include "../parse_rows.h"
#include "check.h"

enum { ROWS = 5, ROW_BYTES = 11 };

static const int TYPE_BYTES[] = { 1, 1, 2, 2, 4, 4, 4, 8 };

// Blocks of their exact size, so that the sanitizer detects an access beyond them.
static void test_types(void) {
	uint8_t *bytes = malloc(ROWS * ROW_BYTES);
	for (int i = 0; i < ROWS * ROW_BYTES; ++i) {
		bytes[i] = (uint8_t)(i * 37);
	}
	for (int type = SC_NUMBER_INT8; type <= SC_NUMBER_FLOAT64; ++type) {
		for (int options = 0; options < 4; ++options) {
			const int big_endian = options % 2;
			const int doubles = options / 2;
			const uint64_t length = 2 * ROWS - 1;
			void *to = calloc(length, doubles ? sizeof(double) : sizeof(float));
			// The number is at the end of the row.
			const uint64_t offset = (uint64_t)(ROW_BYTES - TYPE_BYTES[type]);
			const uint64_t size = ROWS * ROW_BYTES - offset;
			CHECK(sc_rows_read(bytes + offset, size, ROWS, ROW_BYTES, type, big_endian, 1, 0, doubles, to, length, 2) == SC_OK);
			CHECK(sc_rows_read(bytes + offset, size - 1, ROWS, ROW_BYTES, type, 0, 1, 0, doubles, to, length, 2) == SC_E_INVALID);
			CHECK(sc_rows_read(bytes + offset, size, ROWS, ROW_BYTES, type, 0, 1, 0, doubles, to, length - 1, 2) == SC_E_INVALID);
			CHECK(sc_rows_read(bytes + offset, size, UINT64_MAX, ROW_BYTES, type, 0, 1, 0, doubles, to, length, 2) == SC_E_INVALID);
			CHECK(sc_rows_read(bytes + offset, size, 0, ROW_BYTES, type, 0, 1, 0, doubles, to, 0, 2) == SC_OK);
			free(to);
		}
	}
	CHECK(sc_rows_read(bytes, 1, 1, 1, SC_NUMBER_FLOAT64 + 1, 0, 1, 0, 0, NULL, 0, 0) == SC_E_INVALID);
	CHECK(sc_rows_read(bytes, 1, 1, 1, SC_NUMBER_UINT8, 0, UINT64_MAX, 0, 0, NULL, 0, 0) == SC_E_INVALID);
	free(bytes);
}

static void test_values(void) {
	const uint8_t bytes[] = { 0x80, 0x01, 0x00, 0x02 };
	double doubles[2];
	CHECK(sc_rows_read(bytes, 4, 2, 2, SC_NUMBER_INT16, 1, 1, 0.5, 1, doubles, 2, 1) == SC_OK);
	CHECK(doubles[0] == -32767.5 && doubles[1] == 1.5);
	float floats[4];
	CHECK(sc_rows_read(bytes, 4, 1, 4, SC_NUMBER_INT8, 0, 4, 0, 0, floats, 4, 4) == SC_OK);
	CHECK(floats[0] == -128 && floats[1] == 1 && floats[2] == 0 && floats[3] == 2);
	const float point[] = { 1, 2, 3 };
	CHECK(sc_rows_read((const uint8_t *)point, 12, 1, 12, SC_NUMBER_FLOAT32, 0, 3, 0, 0, floats, 3, 3) == SC_OK);
	CHECK(memcmp(floats, point, sizeof(point)) == 0);
}

static void test_triangles(void) {
	enum { BYTES = 1 + 12 };
	const uint8_t rows[2 * BYTES] = {
		3, 1, 0, 0, 0, 2, 0, 0, 0, 0, 1, 0, 0,
		4, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9,
	};
	uint8_t *bytes = malloc(2 * BYTES);
	memcpy(bytes, rows, 2 * BYTES);
	uint32_t *to = malloc(6 * sizeof(uint32_t));
	uint32_t max = 7;
	CHECK(sc_rows_read_triangles(bytes, 2 * BYTES, 2, BYTES, 1, 0, to, 6, &max) == 1);
	CHECK(to[0] == 1 && to[1] == 2 && to[2] == 256 && max == 256);
	bytes[BYTES] = 3;
	CHECK(sc_rows_read_triangles(bytes, 2 * BYTES, 2, BYTES, 1, 1, to, 6, &max) == 2 && to[0] == 1 << 24);
	CHECK(sc_rows_read_triangles(bytes, 2 * BYTES, 2, BYTES, 1, 0, to, 5, &max) == SC_E_INVALID);
	CHECK(sc_rows_read_triangles(bytes, 2 * BYTES - 1, 2, BYTES, 1, 0, to, 6, &max) == SC_E_INVALID);
	CHECK(sc_rows_read_triangles(bytes, 2 * BYTES, UINT64_MAX, BYTES, 1, 0, to, 6, &max) == SC_E_INVALID);
	CHECK(sc_rows_read_triangles(bytes, 2 * BYTES, 1, BYTES, 0, 0, to, 6, &max) == SC_E_INVALID);
	// The length 3 as two bytes.
	bytes[0] = 3;
	bytes[1] = 0;
	CHECK(sc_rows_read_triangles(bytes, 2 * BYTES, 1, 14, 2, 0, to, 6, &max) == 1);
	CHECK(sc_rows_read_triangles(bytes, 2 * BYTES, 1, 14, 2, 1, to, 6, &max) == 0);
	free(bytes);
	free(to);
}

int main(void) {
	test_types();
	test_values();
	test_triangles();
	puts("parse: ok");
	return 0;
}
