// Grid of cubes for vertex clustering: its choice by the number of triangles that it keeps, and these triangles.
#pragma once

#include "scenecast.h"

#define SC_CLUSTER_GRAIN 16384
#define SC_CLUSTER_NO_CELL UINT64_MAX

typedef struct {
	const float *coordinates;
	const float *normals; // NULL: vertices have no direction
	const uint32_t *indices;
	uint64_t vertices;
	uint64_t triangles;
	double extent; // longest side of the bounding box
	float min[3];
	float cells_per_unit;
	double cells; // along the longest axis
	uint32_t last_cell;
	uint8_t *classes;      // of each vertex: 0 if it is unused or not finite, else a bit for the direction of its normal
	uint64_t *vertex_cell; // grid cell of each vertex, or SC_CLUSTER_NO_CELL
	uint64_t *range_kept;  // number of triangles of each range whose corners are in three cells
	uint32_t *kept;        // triangles whose corners are in three cells
	uint64_t kept_count;
} cluster_grid_s;

static inline float grid_coordinate(const cluster_grid_s *grid, const float *position, int axis) {
	return (position[axis] - grid->min[axis]) * grid->cells_per_unit;
}

static inline uint32_t cell_along(const cluster_grid_s *grid, float coordinate) {
	return coordinate >= (float)grid->last_cell ? grid->last_cell : coordinate > 0 ? (uint32_t)coordinate : 0;
}

// Finds the used and finite vertices, and their extent. The arrays of the mesh must be set, and all else be zero.
int sc_cluster_grid_init(cluster_grid_s *grid);
void sc_cluster_grid_destroy(cluster_grid_s *grid);

// Selects the finest of the tried grids with at most `maximum` triangles. If that grid keeps far fewer, which happens if many triangles
// span the whole mesh, selects a finer grid with more than `maximum`.
void sc_cluster_grid_choose(cluster_grid_s *grid, uint64_t maximum);

// Lists the triangles that are kept. If there are more than `maximum`, selects an evenly spaced subset.
int sc_cluster_grid_keep(cluster_grid_s *grid, uint64_t maximum);
