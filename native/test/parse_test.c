// Parsers of rows, numbers and text, for AddressSanitizer and UndefinedBehaviorSanitizer.
#include <string.h>

#include "../error.h"
#include "../parse_number.h"
#include "../parse_obj.h"
#include "../parse_rows.h"
#include "../parse_text.h"
#include "check.h"

enum { ROWS = 5, ROW_BYTES = 11 };

static const int TYPE_BYTES[] = { 1, 1, 2, 2, 4, 4, 4, 8 };

// Heap blocks of exactly the required size, so that the sanitizer detects an access out of bounds.
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

// Parses a word at the end of a heap block of exactly its size.
static bool parse(const char *word, double *value) {
	const size_t length = strlen(word);
	uint8_t *text = malloc(length + 1);
	memcpy(text, word, length);
	text[length] = '\n';
	const uint8_t *end = sc_parse_number(text, value);
	CHECK(end == NULL || end == text + length);
	free(text);
	return end != NULL;
}

static void test_numbers(void) {
	static const char *const GOOD[] = { "0", "-0", "+1", "12", "1.", ".5", "-.5e1", "1e22", "1e-22", "1E+5", "123456789012345678", "9007199254740993",
		"0.1234567890123456789", "1e23", "4.9e-324", "1.7976931348623157e308", "0e9999999999", "1e-400", "00000000000000000000000001",
		"3.14159265358979323846264338327950288419716939937510" };
	for (size_t i = 0; i < sizeof(GOOD) / sizeof(GOOD[0]); ++i) {
		double value;
		const double expected = strtod(GOOD[i], NULL);
		CHECK(parse(GOOD[i], &value) && memcmp(&value, &expected, sizeof(value)) == 0);
	}
	static const char *const BAD[] = { "", "-", ".", "e5", "1e", "1e+", "1x", "0x10", "nan", "inf", "1e400", "1,5", "1.2.3", "--1", "1/2", "1\\" };
	for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); ++i) {
		double value;
		CHECK(!parse(BAD[i], &value));
	}
	char word[300];
	memset(word, '1', sizeof(word));
	word[sizeof(word) - 1] = '\0';
	double value;
	CHECK(!parse(word, &value));
	// Random floats as printed, and random digits.
	uint32_t state = 1;
	for (int i = 0; i < 20000; ++i) {
		state = state * 1664525 + 1013904223;
		float number;
		memcpy(&number, &state, sizeof(number));
		if (number - number != 0) {
			continue;
		}
		snprintf(word, sizeof(word), i % 3 == 0 ? "%.9g" : i % 3 == 1 ? "%.17g" : "%f", (double)number);
		const double expected = strtod(word, NULL);
		CHECK(parse(word, &value) && memcmp(&value, &expected, sizeof(value)) == 0);
	}
}

typedef struct {
	sc_obj_s obj;
	double doubles[9];
	float colors[9];
	float normals[3];
	float uvs[2];
	int32_t corners[7];
	int32_t corner_uvs[7];
	int32_t corner_normals[7];
	uint32_t ends[2];
} obj_test_s;

static sc_obj_array_s array(void *address, uint64_t capacity) { return (sc_obj_array_s){ (uint64_t)(uintptr_t)address, 0, capacity }; }

// Parses a text in a heap block of exactly its size. Returns the number of bytes parsed.
static uint64_t parse_obj(obj_test_s *test, const char *text, int expected) {
	const size_t size = strlen(text);
	uint8_t *bytes = malloc(size);
	memcpy(bytes, text, size);
	CHECK(sc_obj_parse(&test->obj, bytes, size) == expected);
	free(bytes);
	return test->obj.parsed;
}

static obj_test_s *make_obj(void) {
	obj_test_s *test = calloc(1, sizeof(*test));
	test->obj = (sc_obj_s){
		.positions = array(test->doubles, 9), .colors = array(test->colors, 9), .normals = array(test->normals, 3),
		.uvs = array(test->uvs, 2), .corners = array(test->corners, 7), .corner_uvs = array(test->corner_uvs, 7),
		.corner_normals = array(test->corner_normals, 7), .ends = array(test->ends, 2), .has_doubles = 1,
	};
	return test;
}

static void test_obj(void) {
	obj_test_s *test = make_obj();
	sc_obj_s *obj = &test->obj;
	const char *vertices = "# a comment\ng name\n\n  v 1 2 3\r\nv\t4 5 6 \nv 7 8 9\n";
	CHECK(parse_obj(test, vertices, SC_OK) == strlen(vertices) && obj->lines == 6);
	CHECK(obj->positions.length == 9 && test->doubles[8] == 9);
	CHECK(parse_obj(test, "v 1 2 3\n", SC_E_FULL) == 0);
	CHECK(parse_obj(test, "f 1 2 3\nf 3 2 1", SC_OK) == 8 && obj->corners.length == 3 && test->corners[2] == 2);
	static const char *const OTHER[] = { "v 1 2\n", "v 1 2 3 4\n", "v 1 2 x\n", "f 1 2\n", "f 1 2 3 1\n", "f 1 2 4\n", "f 0 1 2\n", "f -1 2 3\n",
		"f 1/1 2/1 3/1\n", "f 1//1 2//1 3//1\n", "f 1/ 2 3\n", "f 1 2 3 \\\n", "f 99999999999 1 2\n", "vx 1\n", "vn 1 2\n", "vt 1\n", "usemtl a\n",
		"# a\rb\n", "# a\\\n", "f\n", "v\n", "\rv 1 2 3\n", "f 1 2 3\r4\n" };
	for (size_t i = 0; i < sizeof(OTHER) / sizeof(OTHER[0]); ++i) {
		CHECK(parse_obj(test, OTHER[i], SC_E_CORRUPT) == 0 && obj->corners.length == 3);
	}
	CHECK(parse_obj(test, "v 1 2 3", SC_OK) == 0 && parse_obj(test, "", SC_OK) == 0);
	CHECK(parse_obj(test, "vn 0 0 1\nvt 0.5 1 0\n", SC_OK) == 20 && test->normals[2] == 1 && test->uvs[0] == 0.5f);
	CHECK(parse_obj(test, "vn 0 0 1\n", SC_E_FULL) == 0 && parse_obj(test, "vt 0 0\n", SC_E_FULL) == 0);
	obj->has_ends = obj->has_corner_uvs = obj->has_corner_normals = 1;
	obj->ends.length = 1;
	obj->corner_uvs.length = obj->corner_normals.length = 3;
	CHECK(parse_obj(test, "f 1/2/3 2//5 3/4 1\n", SC_OK) == 19);
	CHECK(test->ends[1] == 7 && test->corner_uvs[3] == 1 && test->corner_normals[3] == 2 && test->corner_normals[4] == 4);
	CHECK(test->corner_uvs[4] == -1 && test->corner_uvs[5] == 3 && test->corner_normals[6] == -1);
	CHECK(parse_obj(test, "f 1 2 3\n", SC_E_FULL) == 0 && obj->corners.length == 7);
	free(test);

	test = make_obj();
	test->obj.has_colors = 1;
	test->obj.has_doubles = 0;
	test->obj.origin[1] = 10;
	CHECK(parse_obj(test, "v 1 12 3 0 0.5 1\nv 1 2 3\n", SC_E_CORRUPT) == 17);
	CHECK(((float *)test->doubles)[1] == 2 && test->colors[1] == 0.5f && test->obj.colors.length == 3);
	free(test);
}

#define FACET "facet normal 0 0 1\n outer loop\n vertex 1 2 3\n vertex 4 5 6\n vertex 7 8 9\n endloop\n endfacet\n"

// Parses a text in a heap block of exactly its size.
static sc_text_parsed_s parse_stl(const char *text, int doubles, void *to, uint64_t length) {
	const double origin[3] = { 0, 1, 0 };
	const size_t size = strlen(text);
	uint8_t *bytes = malloc(size);
	memcpy(bytes, text, size);
	sc_text_parsed_s parsed;
	CHECK(sc_stl_parse(bytes, size, origin, doubles, to, length, &parsed) == SC_OK);
	free(bytes);
	return parsed;
}

static void test_stl(void) {
	const uint64_t size = strlen(FACET);
	double *doubles = calloc(18, sizeof(double));
	float *floats = calloc(18, sizeof(float));
	sc_text_parsed_s parsed = parse_stl(FACET FACET, 1, doubles, 18);
	// The last line end is not part of the facet.
	CHECK(parsed.count == 2 && parsed.bytes == 2 * size - 1 && parsed.lines == 13 && doubles[17] == 9 && doubles[1] == 2);
	parsed = parse_stl("\r FACET NORMAL 0 0 1 OUTER LOOP VERTEX 1 2 3 VERTEX 4 5 6\r\nVERTEX 7 8 9 ENDLOOP ENDFACET\r\n", 0, floats, 18);
	CHECK(parsed.count == 1 && parsed.lines == 2 && floats[1] == 1 && floats[8] == 9);
	CHECK(parse_stl(FACET FACET, 0, floats, 17).count == 1 && parse_stl(FACET, 0, floats, 8).count == 0);
	const char *text = FACET;
	char cut[200];
	for (size_t length = 0; length < size; ++length) {
		memcpy(cut, text, length);
		memcpy(cut + length, "\n", 2);
		CHECK(parse_stl(cut, 0, floats, 18).count == (length == size - 1 ? 1 : 0));
		cut[length] = '\0';
		CHECK(parse_stl(cut, 0, floats, 18).count == 0);
	}
	CHECK(parse_stl("facet normal nan 0 1\n", 0, floats, 18).bytes == 0 && parse_stl("facets normal\n", 0, floats, 18).bytes == 0);
	free(doubles);
	free(floats);
}

static sc_text_parsed_s parse_ply(const char *text, uint64_t rows, const sc_text_property_s *properties, uint64_t count, uint32_t *max) {
	const size_t size = strlen(text);
	uint8_t *bytes = malloc(size);
	memcpy(bytes, text, size);
	sc_text_parsed_s parsed;
	CHECK(sc_ply_parse(bytes, size, rows, properties, count, max, &parsed) == SC_OK);
	free(bytes);
	return parsed;
}

static void test_ply(void) {
	float *floats = calloc(2, sizeof(float));
	double *doubles = calloc(2, sizeof(double));
	uint32_t *indices = calloc(6, sizeof(uint32_t));
	uint32_t max = 0;
	const sc_text_property_s properties[] = {
		{ SC_TEXT_FLOAT, (uint64_t)(uintptr_t)floats, 1, 2, 1 },
		{ SC_TEXT_SKIP, 0, 0, 0, 0 },
		{ SC_TEXT_DOUBLE, (uint64_t)(uintptr_t)doubles, 1, 2, 0 },
		{ SC_TEXT_TRIANGLE, (uint64_t)(uintptr_t)indices, 3, 2, 0 },
	};
	const char *text = "3 x 1";
	CHECK(parse_ply(text, 2, properties, 4, &max).bytes == 0);
	text = "\n3 9 1.5 3 0 1 2\r\n 4\t9 2.5 3 7 1 2 more words\nrest\n";
	const sc_text_parsed_s parsed = parse_ply(text, 2, properties, 4, &max);
	CHECK(parsed.count == 2 && parsed.lines == 3 && parsed.bytes == strlen(text) - 5);
	CHECK(floats[0] == 2 && floats[1] == 3 && doubles[1] == 2.5 && indices[3] == 7 && max == 7);
	static const char *const OTHER[] = { "1 2 3 4 0 1 2 3\n", "1 2 3 3 0 1 -2\n", "1 2 3 3 0 1 2.5\n", "1 2 3 3 0 1\n2\n", "1 2 3 3 0 1 9999999999\n",
		"1 2 3 3 0 1 2\r4\n", "1 2\n3 3 0 1 2\n", "1 2 3 3 0 1 2", "nan 2 3 3 0 1 2\n" };
	for (size_t i = 0; i < sizeof(OTHER) / sizeof(OTHER[0]); ++i) {
		CHECK(parse_ply(OTHER[i], 2, properties, 4, &max).bytes == 0);
	}
	sc_text_parsed_s none;
	CHECK(sc_ply_parse((const uint8_t *)"\n", 1, 3, properties, 4, &max, &none) == SC_E_INVALID);
	free(floats);
	free(doubles);
	free(indices);
}

int main(void) {
	test_types();
	test_values();
	test_triangles();
	test_numbers();
	test_obj();
	test_stl();
	test_ply();
	puts("parse: ok");
	return 0;
}
