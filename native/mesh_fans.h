// Fans of a triangle mesh: the triangles around each position.
#pragma once

#include "mesh_index.h"

// Mark of a fan in `faces`.
#define SC_FAN_MARK 0x80000000u

typedef struct {
	double x, y, z;   // sum of the normals of the faces, whose lengths are twice the areas
	uint32_t faces;   // number of corners at the position, and SC_FAN_MARK
	uint32_t balance; // sum of the hashes of the next corners' positions, minus those of the previous ones: 0 if the fan is closed, that is,
	                  // if each edge at the position has an opposite. Only valid if requested.
} sc_fan_s;

typedef struct {
	sc_mesh_s mesh;
	sc_fan_s *fans; // of each position; empty for a vertex that is not the lowest at its position
} sc_fans_s;

typedef struct {
	double x, y, z;
} sc_vector_s;

static inline double sc_dot(sc_vector_s a, sc_vector_s b) { return a.x * b.x + a.y * b.y + a.z * b.z; }

// The normal of the triangle of a corner, not normalized: its length is twice the area.
static inline sc_vector_s sc_face_normal(const sc_mesh_s *mesh, uint32_t corner) {
	const uint32_t base = corner - corner % 3;
	const float *a = &mesh->coordinates[3 * (size_t)sc_vertex_of(mesh, base)];
	const float *b = &mesh->coordinates[3 * (size_t)sc_vertex_of(mesh, base + 1)];
	const float *c = &mesh->coordinates[3 * (size_t)sc_vertex_of(mesh, base + 2)];
	const sc_vector_s u = { (double)b[0] - a[0], (double)b[1] - a[1], (double)b[2] - a[2] };
	const sc_vector_s v = { (double)c[0] - a[0], (double)c[1] - a[1], (double)c[2] - a[2] };
	return (sc_vector_s){ u.y * v.z - u.z * v.y, u.z * v.x - u.x * v.z, u.x * v.y - u.y * v.x };
}

// Vertices whose fans are open are welded to those with the same coordinates: a seam between vertices leaves their fans open. Closed
// fans are complete, so that only a few vertices of most meshes are compared. Checks the indices.
//
// Sums are in the order of the vertices and their corners, for any number of threads. sc_fans_destroy must be called after a failed call
// too.
int sc_fans_init(sc_fans_s *fans, const float *coordinates, uint64_t vertices, const uint32_t *indices, uint64_t corners, int balance);

void sc_fans_destroy(sc_fans_s *fans);

static inline int sc_fan_is_marked(const sc_fan_s *fan) {
	return (__atomic_load_n(&fan->faces, __ATOMIC_RELAXED) & SC_FAN_MARK) != 0;
}

// May be called by several threads for the same fan.
static inline void sc_fan_mark(sc_fan_s *fan) {
	if (!sc_fan_is_marked(fan)) {
		__atomic_fetch_or(&fan->faces, SC_FAN_MARK, __ATOMIC_RELAXED);
	}
}

static inline uint32_t sc_fan_faces(const sc_fan_s *fan) {
	return __atomic_load_n(&fan->faces, __ATOMIC_RELAXED) & ~SC_FAN_MARK;
}
