// Checks the counts and indices of a mesh.
#pragma once

#include "scenecast.h"

// Returns SC_E_INVALID if there are more than SC_MESH_MAX_COUNT vertices or corners, if the number of corners is not a multiple of 3,
// or if an index is out of range. `indices` NULL: corner c uses vertex c.
int sc_mesh_check(uint64_t vertices, const uint32_t *indices, uint64_t corners);
