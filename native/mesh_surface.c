#include "mesh_surface.h"

#include <stdlib.h>
#include <string.h>

#include "error.h"
#include "mesh_watertight.h"

static int compute(sc_surface_s *surface, sc_fans_s *fans, uint32_t *indices, int watertight, float *normals) {
	if (watertight) {
		surface->is_watertight = sc_mesh_is_watertight(fans);
		if (surface->is_watertight < 0) {
			return surface->is_watertight;
		}
	}
	// Computed last, since it modifies the indices.
	return normals != NULL ? sc_normals_init(&surface->normals, fans, indices, normals) : SC_OK;
}

sc_surface_s *sc_surface_create(const float *coordinates, uint64_t vertices, uint32_t *indices, uint64_t corners,
	int watertight, float *normals) {
	sc_surface_s *surface = calloc(1, sizeof(*surface));
	if (surface == NULL) {
		sc_fail(SC_E_SYSTEM, "no memory for a surface");
		return NULL;
	}
	sc_fans_s fans;
	int code = sc_fans_init(&fans, coordinates, vertices, indices, corners, watertight);
	if (code == SC_OK) {
		code = compute(surface, &fans, indices, watertight, normals);
	}
	sc_fans_destroy(&fans);
	if (code < 0) {
		sc_surface_destroy(surface);
		return NULL;
	}
	return surface;
}

int sc_surface_is_watertight(const sc_surface_s *surface) { return surface->is_watertight; }

uint32_t sc_surface_appended(const sc_surface_s *surface) { return surface->normals.appended; }

int sc_surface_copy(const sc_surface_s *surface, float *normals, uint32_t *sources, uint64_t appended) {
	const sc_normals_s *result = &surface->normals;
	if (appended != result->appended) {
		return sc_fail(SC_E_INVALID, "a surface has no %llu appended vertices", (unsigned long long)appended);
	}
	if (appended > 0) {
		memcpy(normals, result->normals, 3 * appended * sizeof(*normals));
		memcpy(sources, result->sources, appended * sizeof(*sources));
	}
	return SC_OK;
}

void sc_surface_destroy(sc_surface_s *surface) {
	sc_normals_destroy(&surface->normals);
	free(surface);
}
