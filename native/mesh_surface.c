#include "mesh_surface.h"

#include <string.h>

#include "error.h"
#include "mesh_watertight.h"

static int compute(sc_surface_s *surface, const sc_adjacency_s *mesh, uint32_t *indices, int flags) {
	if ((flags & SC_SURFACE_WATERTIGHT) != 0) {
		surface->is_watertight = sc_mesh_is_watertight(mesh);
		if (surface->is_watertight < 0) {
			return surface->is_watertight;
		}
	}
	// Computed last, since it modifies the indices.
	return (flags & SC_SURFACE_NORMALS) != 0 ? sc_normals_init(&surface->normals, mesh, indices) : SC_OK;
}

sc_surface_s *sc_surface_create(const float *coordinates, uint64_t vertices, uint32_t *indices, uint64_t corners, int flags) {
	sc_surface_s *surface = calloc(1, sizeof(*surface));
	if (surface == NULL) {
		sc_fail(SC_E_SYSTEM, "no memory for a surface");
		return NULL;
	}
	sc_adjacency_s mesh;
	int code = sc_adjacency_init(&mesh, coordinates, vertices, indices, corners, flags & SC_SURFACE_DISTINCT);
	if (code == SC_OK) {
		surface->vertices = mesh.vertices;
		code = compute(surface, &mesh, indices, flags);
	}
	sc_adjacency_destroy(&mesh);
	if (code < 0) {
		sc_surface_destroy(surface);
		return NULL;
	}
	return surface;
}

int sc_surface_is_watertight(const sc_surface_s *surface) { return surface->is_watertight; }

uint32_t sc_surface_appended(const sc_surface_s *surface) { return surface->normals.appended; }

int sc_surface_copy(const sc_surface_s *surface, float *normals, uint64_t normals_count, uint32_t *sources,
	uint64_t sources_count) {
	const sc_normals_s *result = &surface->normals;
	if (result->normals == NULL || normals_count != 3 * ((uint64_t)surface->vertices + result->appended)
		|| sources_count != result->appended) {
		return sc_fail(SC_E_INVALID, "a surface has no %llu normals", (unsigned long long)(normals_count / 3));
	}
	if (normals_count > 0) {
		memcpy(normals, result->normals, normals_count * sizeof(*normals));
	}
	if (sources_count > 0) {
		memcpy(sources, result->sources, sources_count * sizeof(*sources));
	}
	return SC_OK;
}

void sc_surface_destroy(sc_surface_s *surface) {
	sc_normals_destroy(&surface->normals);
	free(surface);
}
