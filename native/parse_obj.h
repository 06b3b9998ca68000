// Fast path for the common statements of Wavefront OBJ. All others are left to src/formats/obj/obj-parser.ts.
#pragma once

#include <stddef.h>

#include "scenecast.h"

// An array that the parser appends to. Lengths and capacities are numbers of elements.
typedef struct {
	uint64_t address;
	uint64_t length;
	uint64_t capacity;
} sc_obj_array_s;

// All fields are 64-bit integers, for a BigUint64Array in src/native/parse-obj.ts.
typedef struct {
	sc_obj_array_s positions;  // float, or double if `has_doubles`; the origin is subtracted
	sc_obj_array_s colors;     // float; used if `has_colors`
	sc_obj_array_s normals;    // float
	sc_obj_array_s uvs;        // float
	sc_obj_array_s corners;    // int32: vertex of each corner of a face, counted from 0
	sc_obj_array_s corner_uvs; // int32, as long as `corners`; -1 without one; used if `has_corner_uvs`
	sc_obj_array_s corner_normals;
	sc_obj_array_s ends;       // uint32: end of each face in `corners`; used if `has_ends`, otherwise all faces are triangles
	uint64_t has_doubles;
	uint64_t has_colors;
	uint64_t has_corner_uvs;
	uint64_t has_corner_normals;
	uint64_t has_ends;
	double origin[3];
	uint64_t lines;            // increased by the number of lines parsed
	uint64_t parsed;           // bytes parsed by the call
} sc_obj_s;

_Static_assert(offsetof(sc_obj_s, has_doubles) == 24 * 8 && offsetof(sc_obj_s, lines) == 32 * 8 && sizeof(sc_obj_s) == 34 * 8,
	"OBJ in src/native/parse-obj.ts");

// Parses whole lines until one that is not plain: v with three coordinates (and three colors if `has_colors`), vn, vt, f with vertices
// that are already defined, g, o, comments and empty lines. Returns SC_OK at the last line end; SC_E_CORRUPT at a line that is not plain;
// SC_E_FULL if an array is full. `parsed` is the offset of that line.
SC_EXPORT int sc_obj_parse(sc_obj_s *obj, const uint8_t *text, uint64_t size);
