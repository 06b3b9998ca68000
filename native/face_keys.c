#include "face_keys.h"

// Faces at one vertex above which they are sorted instead of compared in pairs. A vertex of a mesh of tetrahedra is the lowest of 23.
#define SORTED_FACES 64

static inline void order(uint32_t *a, uint32_t *b) {
	const uint32_t low = *a < *b ? *a : *b;
	*b = *a < *b ? *b : *a;
	*a = low;
}

static int compare_vertices(const void *a, const void *b) {
	const uint32_t left = *(const uint32_t *)a;
	const uint32_t right = *(const uint32_t *)b;
	return (left > right) - (left < right);
}

// A hash of the vertices of a face in any order: a sum of their hashes (splitmix64).
static uint64_t hash_of(const view_s *view) {
	uint64_t sum = 0;
	for (uint32_t corner = 0; corner < view->corners; ++corner) {
		uint64_t hash = vertex_of(view, corner) + 0x9e3779b97f4a7c15u;
		hash = (hash ^ hash >> 30) * 0xbf58476d1ce4e5b9u;
		hash = (hash ^ hash >> 27) * 0x94d049bb133111ebu;
		sum += hash ^ hash >> 31;
	}
	return sum;
}

static inline face_key_s key_of(const sc_cells_s *cells, face_s face) {
	const view_s view = view_face(cells, face.cell, face.place);
	face_key_s key = { .corners = view.corners, .face = face };
	if (view.corners == 3) {
		uint32_t v[3] = { vertex_of(&view, 0), vertex_of(&view, 1), vertex_of(&view, 2) };
		order(&v[0], &v[1]);
		order(&v[1], &v[2]);
		order(&v[0], &v[1]);
		key.low = (uint64_t)v[1] << 32 | v[2];
	} else if (view.corners == 4) {
		uint32_t v[4] = { vertex_of(&view, 0), vertex_of(&view, 1), vertex_of(&view, 2), vertex_of(&view, 3) };
		qsort(v, 4, sizeof(*v), compare_vertices);
		key.low = (uint64_t)v[1] << 32 | v[3];
		key.high = v[2];
	} else {
		key.low = hash_of(&view);
	}
	return key;
}

void sc_face_keys_make(const sc_cells_s *cells, const face_s *faces, uint64_t count, face_key_s *keys) {
	for (uint64_t i = 0; i < count; ++i) {
		keys[i] = key_of(cells, faces[i]);
	}
}

static inline bool is_same(const face_key_s *a, const face_key_s *b) {
	return a->low == b->low && a->high == b->high && a->corners == b->corners;
}

static int compare_keys(const void *a, const void *b) {
	const face_key_s *left = a;
	const face_key_s *right = b;
	if (left->low != right->low) {
		return left->low < right->low ? -1 : 1;
	}
	if (left->high != right->high) {
		return left->high < right->high ? -1 : 1;
	}
	return (left->corners > right->corners) - (left->corners < right->corners);
}

void sc_face_keys_mark_shared(face_key_s *keys, uint64_t count) {
	if (count > SORTED_FACES) {
		qsort(keys, count, sizeof(*keys), compare_keys);
		for (uint64_t i = 1; i < count; ++i) {
			if (is_same(&keys[i - 1], &keys[i])) {
				keys[i - 1].is_shared = keys[i].is_shared = true;
			}
		}
		return;
	}
	for (uint64_t i = 0; i < count; ++i) {
		// All keys that equal a shared one were found with the first of them.
		for (uint64_t j = keys[i].is_shared ? count : i + 1; j < count; ++j) {
			if (is_same(&keys[i], &keys[j])) {
				keys[i].is_shared = keys[j].is_shared = true;
			}
		}
	}
}
