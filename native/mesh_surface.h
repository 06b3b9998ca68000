// Analysis of a surface for rendering: vertex normals, and whether it is watertight.
#pragma once

#include "mesh_normals.h"

typedef struct {
	sc_normals_s normals;
	int is_watertight;
} sc_surface_s;

// Returns NULL on error. `indices`, which can be NULL, is modified if vertices are appended; see sc_normals_init. `normals`: receives
// three floats for each vertex; NULL: normals are not computed. `watertight`: whether to compute whether it is watertight.
SC_EXPORT sc_surface_s *sc_surface_create(const float *coordinates, uint64_t vertices, uint32_t *indices, uint64_t corners,
	int watertight, float *normals);

SC_EXPORT int sc_surface_is_watertight(const sc_surface_s *surface);

// Number of appended vertices.
SC_EXPORT uint32_t sc_surface_appended(const sc_surface_s *surface);

// Copies the normals and the sources of the appended vertices, three floats and one number for each.
SC_EXPORT int sc_surface_copy(const sc_surface_s *surface, float *normals, uint32_t *sources, uint64_t appended);

SC_EXPORT void sc_surface_destroy(sc_surface_s *surface);
