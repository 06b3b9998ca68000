// Analysis of a surface for rendering: vertex normals, and whether it is watertight.
#pragma once

#include "mesh_normals.h"

enum {
	SC_SURFACE_NORMALS = 1,    // compute the normals
	SC_SURFACE_WATERTIGHT = 2, // compute whether it is watertight
	SC_SURFACE_DISTINCT = 4,   // no two vertices have equal coordinates, so that welding is skipped
};

typedef struct {
	sc_normals_s normals;
	uint32_t vertices;
	int is_watertight;
} sc_surface_s;

// Returns NULL on error. `indices`, which can be NULL, is modified if vertices are appended; see sc_normals_init.
SC_EXPORT sc_surface_s *sc_surface_create(const float *coordinates, uint64_t vertices, uint32_t *indices, uint64_t corners,
	int flags);

SC_EXPORT int sc_surface_is_watertight(const sc_surface_s *surface);

// Number of appended vertices.
SC_EXPORT uint32_t sc_surface_appended(const sc_surface_s *surface);

// Copies the normals of all vertices, `normals_count` floats, and the sources of the appended ones.
SC_EXPORT int sc_surface_copy(const sc_surface_s *surface, float *normals, uint64_t normals_count, uint32_t *sources,
	uint64_t sources_count);

SC_EXPORT void sc_surface_destroy(sc_surface_s *surface);
