// Test whether a mesh is watertight (closed and oriented), so that its back faces can be culled.
#pragma once

#include "mesh_adjacency.h"

// Returns 1 if the mesh is watertight except for small holes, and the faces of each connected part are oriented outward
// (counter-clockwise). Back faces are then visible only through the holes. Otherwise 0, or a negative code.
int sc_mesh_is_watertight(const sc_adjacency_s *mesh);
