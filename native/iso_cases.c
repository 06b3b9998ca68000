#include "iso_cases.h"

#include <pthread.h>
#include <string.h>

#include "scenecast.h"

const edge_s sc_iso_edges[12] = { { 0, 0 }, { 0, 2 }, { 0, 4 }, { 0, 6 }, { 1, 0 }, { 1, 1 }, { 1, 4 }, { 1, 5 }, { 2, 0 }, { 2, 1 },
	{ 2, 2 }, { 2, 3 } };

// Corners of the faces, counterclockwise from outside.
static const uint8_t FACES[6][4] = { { 0, 4, 6, 2 }, { 1, 3, 7, 5 }, { 0, 1, 5, 4 }, { 2, 6, 7, 3 }, { 0, 2, 3, 1 }, { 4, 5, 7, 6 } };

static case_s cases[256];
static pthread_once_t cases_once = PTHREAD_ONCE_INIT;

static uint8_t edge_between(uint8_t a, uint8_t b) {
	const uint8_t low = a < b ? a : b;
	const uint8_t bit = a ^ b;
	uint8_t edge = 0;
	while (sc_iso_edges[edge].corner != low || 1 << sc_iso_edges[edge].axis != bit) {
		++edge;
	}
	return edge;
}

// On each face, each run of corners inside is cut off by a segment. The segments of a cell form closed polygons, since two faces meet
// in each cut edge, one of which enters the inside there while the other leaves it. A polygon is divided into a fan of triangles.
static void make_case(int inside, case_s *out) {
	int8_t next[12];
	memset(next, -1, sizeof(next));
	for (int face = 0; face < 6; ++face) {
		for (int i = 0; i < 4; ++i) {
			const uint8_t *corners = FACES[face];
			if ((inside >> corners[i] & 1) || !(inside >> corners[(i + 1) % 4] & 1)) {
				continue;
			}
			int last = i + 1;
			while (inside >> corners[(last + 1) % 4] & 1) {
				++last;
			}
			const uint8_t entry = edge_between(corners[i], corners[(i + 1) % 4]);
			next[entry] = (int8_t)edge_between(corners[last % 4], corners[(last + 1) % 4]);
		}
	}
	out->count = 0;
	for (int edge = 0; edge < 12; ++edge) {
		if (next[edge] < 0) {
			continue;
		}
		int second = next[edge];
		next[edge] = -1;
		while (next[second] >= 0 && next[second] != edge) {
			const int third = next[second];
			SC_ASSERT(out->count < SC_ISO_CASE_TRIANGLES);
			uint8_t *triangle = out->edges[out->count++];
			triangle[0] = (uint8_t)edge;
			triangle[1] = (uint8_t)second;
			triangle[2] = (uint8_t)third;
			next[second] = -1;
			second = third;
		}
		next[second] = -1;
	}
}

static void make_cases(void) {
	for (int inside = 0; inside < 256; ++inside) {
		make_case(inside, &cases[inside]);
	}
}

const case_s *sc_iso_cases(void) {
	pthread_once(&cases_once, make_cases);
	return cases;
}
