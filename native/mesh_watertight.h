// Test whether a mesh is watertight (closed and oriented), so that its back faces can be culled.
#pragma once

#include "mesh_fans.h"

// Returns 1 if the mesh is watertight except for small holes, and the faces of each connected part are oriented outward
// (counter-clockwise). Back faces are then visible only through the holes. Otherwise 0, or a negative code. Changes `balance` of the
// fans.
int sc_mesh_is_watertight(sc_fans_s *fans);
