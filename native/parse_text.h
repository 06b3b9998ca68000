// Fast path for the common layouts of ASCII STL and ASCII PLY. All others are left to src/formats.
#pragma once

#include <stddef.h>

#include "scenecast.h"

// Part of the text that was parsed.
typedef struct {
	uint64_t bytes;
	uint64_t lines;
	uint64_t count; // number of facets or rows
} sc_text_parsed_s;

_Static_assert(sizeof(sc_text_parsed_s) == 3 * 8, "PARSED in src/native/parse-text.ts");

// Parses facets with three vertices up to the first that has another form or is incomplete. Writes nine coordinates each, minus
// `origin`, to an array of float, or of double if `doubles` is set. Keywords are case-insensitive; any white space separates words.
SC_EXPORT int sc_stl_parse(const uint8_t *text, uint64_t size, const double *origin, int doubles, void *to, uint64_t to_length,
	sc_text_parsed_s *parsed);

typedef enum { SC_TEXT_SKIP, SC_TEXT_FLOAT, SC_TEXT_DOUBLE, SC_TEXT_TRIANGLE } sc_text_kind_e;

// A property, which is a number or a list of three vertex indices, and its destination.
typedef struct {
	uint64_t kind;
	uint64_t address; // of the first row's element
	uint64_t stride;  // elements from one row to the next
	uint64_t rows;    // capacity of the destination
	double origin;    // subtracted from numbers
} sc_text_property_s;

_Static_assert(sizeof(sc_text_property_s) == 5 * 8, "PROPERTY in src/native/parse-text.ts");

// Parses rows of one line each: at most `rows`, up to the first that has another form or whose line is incomplete. Further words on a
// line are skipped. `max` is raised to the largest vertex index.
SC_EXPORT int sc_ply_parse(const uint8_t *text, uint64_t size, uint64_t rows, const sc_text_property_s *properties, uint64_t properties_count,
	uint32_t *max, sc_text_parsed_s *parsed);
