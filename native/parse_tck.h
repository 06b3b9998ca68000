// Parser of MRtrix's tracks (TCK) and track scalars (TSF,
// https://mrtrix.readthedocs.io/en/latest/getting_started/image_data.html#tracks-file-format-tck): rows of one or three float32 or float64.
// A row of NaN ends a streamline, a row of infinity ends the file. The caller passes blocks of any size.
#pragma once

#include <stddef.h>

#include "scenecast.h"

// State of the parser between two blocks. Mirrored in src/native/parse-tracts.ts.
typedef struct {
	uint32_t components;  // Numbers in a row: 3, or 1 for scalars.
	uint32_t doubles;     // The numbers are float64.
	uint32_t big_endian;
	uint32_t every;       // Every n-th streamline is read, from the first; the others are skipped. At least 1.
	uint32_t passed;      // Number of streamlines that have ended, read or skipped.
	uint32_t points;      // Number of rows read so far, without the delimiters.
	uint32_t streamlines; // Number of streamlines that were read completely.
	uint32_t invalid;     // Number of rows so far, also of skipped streamlines, with a number that is not finite, or above 1e18.
	uint32_t is_at_end;   // Set after a row of infinity; parsing stops.
} sc_tck_s;

_Static_assert(offsetof(sc_tck_s, is_at_end) == 32, "mirrored in src/native/parse-tracts.ts");
_Static_assert(sizeof(sc_tck_s) == 36, "mirrored in src/native/parse-tracts.ts");

// Parses a block as far as its rows are complete, and as far as the arrays have room.
//
// `values`: the numbers of all rows that are read, room for `max_points` rows.
// `ends`: for each streamline that is read, the number of rows up to its end, room for `max_streamlines`.
// Returns the number of bytes parsed.
SC_EXPORT int64_t sc_tck_parse(const uint8_t *bytes, uint64_t size, sc_tck_s *state, float *values, uint64_t max_points,
	uint32_t *ends, uint64_t max_streamlines);
