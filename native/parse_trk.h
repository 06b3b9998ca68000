// Parser of the streamlines in a TrackVis file (TRK, http://trackvis.org/docs/?subsect=fileformat): for each, its number of points as
// int32, the points with their scalars, and the streamline's properties, all float32. The caller passes blocks of any size.
#pragma once

#include <stddef.h>

#include "scenecast.h"

enum { SC_TRK_LENGTH, SC_TRK_POINTS, SC_TRK_PROPERTIES };

// State of the parser between two blocks. Mirrored in src/native/parse-tracts.ts.
typedef struct {
	double affine[12];    // Row-major 3x4 matrix from the coordinates of the file to those of `positions`.
	uint32_t scalars;     // Number of scalars per point.
	uint32_t properties;  // Number of properties per streamline.
	uint32_t big_endian;
	uint32_t every;       // Every n-th streamline is read, from the first; the others are skipped. At least 1.
	uint32_t declared;    // Number of streamlines after which parsing stops; 0: no limit.
	uint32_t part;        // What follows in the file: SC_TRK_*. Starts with 0.
	uint32_t rest;        // Points of the current streamline that have not been read.
	uint32_t passed;      // Number of streamlines that were read or skipped completely so far.
	uint32_t points;      // Number of points read so far.
	uint32_t streamlines; // Number of streamlines read completely so far.
	uint32_t invalid;     // Number of points so far with a coordinate that is not finite, or above 1e18.
	uint32_t is_damaged;  // Set if the length of the next streamline is negative; parsing stops before it.
} sc_trk_s;

_Static_assert(offsetof(sc_trk_s, scalars) == 96, "mirrored in src/native/parse-tracts.ts");
_Static_assert(offsetof(sc_trk_s, is_damaged) == 140, "mirrored in src/native/parse-tracts.ts");
_Static_assert(sizeof(sc_trk_s) == 144, "mirrored in src/native/parse-tracts.ts");

// Parses a block as far as its points and properties are complete, and as far as the arrays have room.
//
// `positions`: x, y, z of all points that are read, room for `max_points`.
// `ends`: for each streamline that is read, the number of points up to its end, room for `max_streamlines`.
// `scalars`, `properties`: of the points and streamlines in this block, in the order of the file; as long as the block.
// Returns the number of bytes parsed.
SC_EXPORT int64_t sc_trk_parse(const uint8_t *bytes, uint64_t size, sc_trk_s *state, float *positions, uint64_t max_points,
	uint32_t *ends, uint64_t max_streamlines, float *scalars, float *properties);
