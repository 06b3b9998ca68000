// Vertex-to-corner adjacency of a part of a mesh: a list of the corners at each marked position, in increasing order.
#pragma once

#include "mesh_fans.h"

typedef struct {
	uint32_t positions; // number of marked positions that have corners
	uint32_t *first;    // corners of the position with number p, in increasing order: list[first[p]] to list[first[p + 1] - 1]
	uint32_t *list;
} sc_adjacency_s;

// Lists the corners at marked fans, and numbers these fans: the number replaces `balance`. sc_adjacency_destroy must be called after a
// failed call too.
int sc_adjacency_init(sc_adjacency_s *adjacency, sc_fans_s *fans);

void sc_adjacency_destroy(sc_adjacency_s *adjacency);
