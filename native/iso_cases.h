// Triangles of the isosurface in a cell of eight voxels, by the set of corners that are inside (marching cubes).
#pragma once

#include <stdint.h>

#define SC_ISO_CASE_TRIANGLES 10

// Corner c of a cell is at x = c & 1, y = c >> 1 & 1, z = c >> 2. An edge is its axis and its lower corner.
typedef struct {
	uint8_t axis;
	uint8_t corner;
} edge_s;

extern const edge_s sc_iso_edges[12];

// Triangles, whose corners are on edges of the cell.
typedef struct {
	uint8_t count;
	uint8_t edges[SC_ISO_CASE_TRIANGLES][3];
} case_s;

// The 256 cases: bit c is set if corner c is inside..
const case_s *sc_iso_cases(void);
