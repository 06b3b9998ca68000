// Keys by which the faces of different cells are compared: equal for equal vertices in any order.
#pragma once

#include <stdbool.h>

#include "cell_faces.h"

typedef struct {
	uint64_t low;  // the second smallest and the largest of three or four vertices; a hash of any other number
	uint32_t high; // the third smallest of four vertices
	uint32_t corners;
	face_s face;
	bool is_shared;
} face_key_s;

// Writes the key of each face.
void sc_face_keys_make(const sc_cells_s *cells, const face_s *faces, uint64_t count, face_key_s *keys);

// Marks the keys that occur more than once. The keys are of faces with the same lowest vertex, which they do not contain.
void sc_face_keys_mark_shared(face_key_s *keys, uint64_t count);
