// The common layouts of ASCII STL and ASCII PLY. All others are left to src/formats.
#pragma once

#include <stddef.h>

#include "scenecast.h"

// What was parsed.
typedef struct {
	uint64_t bytes;
	uint64_t lines;
	uint64_t count; // facets or rows
} sc_text_parsed_s;

_Static_assert(sizeof(sc_text_parsed_s) == 3 * 8, "PARSED in src/native/parse-text.ts");

// Parses facets with three vertices up to the first that has another form or is incomplete: nine coordinates each, less `origin`, to an
// array of float, or of double if `doubles` is set. Letters may be capitals, words may be separated by any white space.
SC_EXPORT int sc_stl_parse(const uint8_t *text, uint64_t size, const double *origin, int doubles, void *to, uint64_t to_length,
	sc_text_parsed_s *parsed);

typedef enum { SC_TEXT_SKIP, SC_TEXT_FLOAT, SC_TEXT_DOUBLE, SC_TEXT_TRIANGLE } sc_text_kind_e;

// Destination of a property: a number, or a list of three vertex indices.
typedef struct {
	uint64_t kind;
	uint64_t address; // of the first row's element
	uint64_t stride;  // elements from one row to the next
	uint64_t rows;    // for which there is room
	double origin;    // subtracted from numbers
} sc_text_property_s;

_Static_assert(sizeof(sc_text_property_s) == 5 * 8, "PROPERTY in src/native/parse-text.ts");

// Parses rows that are each on a line of their own, up to `rows`, or to the first that has another form or whose line has no end. Words
// after a row are skipped. `max` is raised to the largest vertex index.
SC_EXPORT int sc_ply_parse(const uint8_t *text, uint64_t size, uint64_t rows, const sc_text_property_s *properties, uint64_t properties_count,
	uint32_t *max, sc_text_parsed_s *parsed);
