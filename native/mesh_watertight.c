#include "mesh_watertight.h"

#include <string.h>

#include "error.h"
#include "mesh_adjacency.h"
#include "parallel.h"

// Maximum share of boundary edges (edges of only one face). The Stanford bunny has 223 of 104,288, around its holes.
#define MAX_BOUNDARY_EDGE_SHARE 0.01
// Positions or triangles per range of a parallel loop.
#define GRAIN 4096
// Maximum number of edges at a position that are searched linearly; more are sorted.
#define FEW_EDGES 64

typedef struct {
	const sc_mesh_s *mesh;
	sc_fan_s *fans;
	sc_adjacency_s adjacency; // of open positions
	uint64_t edges; // of the triangles, between different positions
	uint64_t open;
	uint64_t unmatched;
	int has_failed;
	uint32_t *parents; // union-find: the parent of each position; the root of a connected part is its own parent
	double *volumes;   // six times the signed volume of each range of triangles, or of each part, at the index of its root
} work_s;

// Orders edges to higher positions. An edge is the number of that position times 2, plus 1 if the face has it in the opposite direction.
static int compare_edges(const void *a, const void *b) {
	const uint64_t left = *(const uint64_t *)a;
	const uint64_t right = *(const uint64_t *)b;
	return left < right ? -1 : left > right;
}

static void sort_edges(uint64_t *edges, uint32_t count) {
	if (count > FEW_EDGES) {
		qsort(edges, count, sizeof(*edges), compare_edges);
		return;
	}
	for (uint32_t i = 1; i < count; ++i) {
		const uint64_t edge = edges[i];
		uint32_t at = i;
		for (; at > 0 && edges[at - 1] > edge; --at) {
			edges[at] = edges[at - 1];
		}
		edges[at] = edge;
	}
}

// Returns the number of edges without one in the opposite direction. `edges`: sorted.
static uint64_t match_edges(const uint64_t *edges, uint32_t count) {
	uint64_t unmatched = 0;
	for (uint32_t start = 0; start < count;) {
		uint32_t directions[2] = { 0, 0 };
		uint32_t at = start;
		for (; at < count && edges[at] / 2 == edges[start] / 2; ++at) {
			++directions[edges[at] % 2];
		}
		const uint32_t more = directions[0] > directions[1] ? directions[0] : directions[1];
		unmatched += 2 * more - (at - start);
		start = at;
	}
	return unmatched;
}

// Collects the edges from an open position to higher positions: each edge of the mesh is counted at its lower end.
static uint32_t collect_edges(const work_s *work, uint32_t number, uint64_t *edges) {
	const sc_adjacency_s *adjacency = &work->adjacency;
	const uint32_t position = sc_position_of(work->mesh, adjacency->list[adjacency->first[number]]);
	uint32_t count = 0;
	for (uint32_t at = adjacency->first[number]; at < adjacency->first[number + 1]; ++at) {
		const uint64_t next = sc_position_of(work->mesh, sc_next_corner(adjacency->list[at]));
		const uint64_t previous = sc_position_of(work->mesh, sc_previous_corner(adjacency->list[at]));
		if (next > position) {
			edges[count++] = 2 * next;
		}
		if (previous > position) {
			edges[count++] = 2 * previous + 1;
		}
	}
	return count;
}

static void match_range(void *context, uint64_t begin, uint64_t end) {
	work_s *work = context;
	const sc_adjacency_s *adjacency = &work->adjacency;
	uint64_t unmatched = 0;
	for (uint32_t number = (uint32_t)begin; number < end; ++number) {
		uint64_t few[FEW_EDGES];
		const uint64_t most = 2 * (uint64_t)(adjacency->first[number + 1] - adjacency->first[number]);
		uint64_t *edges = most <= FEW_EDGES ? few : malloc(most * sizeof(*edges));
		if (edges == NULL) {
			__atomic_store_n(&work->has_failed, 1, __ATOMIC_RELAXED);
			return;
		}
		const uint32_t count = collect_edges(work, number, edges);
		sort_edges(edges, count);
		unmatched += match_edges(edges, count);
		if (edges != few) {
			free(edges);
		}
	}
	__atomic_fetch_add(&work->unmatched, unmatched, __ATOMIC_RELAXED);
}

static void mark_open(void *context, uint64_t begin, uint64_t end) {
	work_s *work = context;
	uint64_t open = 0;
	for (uint64_t position = begin; position < end; ++position) {
		if (work->fans[position].balance != 0) {
			sc_fan_mark(&work->fans[position]);
			++open;
		}
	}
	__atomic_fetch_add(&work->open, open, __ATOMIC_RELAXED);
}

static void count_edges(void *context, uint64_t begin, uint64_t end) {
	work_s *work = context;
	uint64_t edges = 0;
	for (uint32_t corner = 3 * (uint32_t)begin; corner < 3 * end; corner += 3) {
		const uint32_t a = sc_position_of(work->mesh, corner);
		const uint32_t b = sc_position_of(work->mesh, corner + 1);
		const uint32_t c = sc_position_of(work->mesh, corner + 2);
		edges += (uint64_t)(a != b) + (b != c) + (c != a);
	}
	__atomic_fetch_add(&work->edges, edges, __ATOMIC_RELAXED);
}

static void clear_marks(void *context, uint64_t begin, uint64_t end) {
	work_s *work = context;
	for (uint64_t position = begin; position < end; ++position) {
		work->fans[position].faces &= ~SC_FAN_MARK;
	}
}

// Whether at most a small share of the edges has no opposite. The mesh has one edge for two opposite edges of triangles.
static int is_share_small(const work_s *work, uint64_t unmatched) {
	return (double)unmatched <= MAX_BOUNDARY_EDGE_SHARE * (double)(work->edges + unmatched) / 2;
}

// Returns whether the mesh is closed except for small holes, or a negative code. An open position has at least two edges without an
// opposite, and such an edge has two ends, so there are at least as many of these edges as open positions.
static int is_closed(work_s *work, sc_fans_s *fans) {
	sc_parallel_for(work->mesh->corners / 3, GRAIN, count_edges, work);
	sc_parallel_for(work->mesh->vertices, GRAIN, mark_open, work);
	if (work->open == 0 || work->edges == 0) {
		return work->edges > 0;
	}
	int result = 0;
	if (is_share_small(work, work->open)) {
		result = sc_adjacency_init(&work->adjacency, fans);
		if (result == SC_OK) {
			sc_parallel_for(work->adjacency.positions, GRAIN, match_range, work);
			result = work->has_failed ? sc_fail(SC_E_SYSTEM, "no memory for the edges of a mesh")
				: is_share_small(work, work->unmatched);
		}
		sc_adjacency_destroy(&work->adjacency);
	}
	sc_parallel_for(work->mesh->vertices, GRAIN, clear_marks, work);
	return result;
}

// Finds the root of a union-find tree, with path halving. A parent has a lower number than its child, so concurrent calls cannot form
// a cycle.
static uint32_t root_of(uint32_t *parents, uint32_t position) {
	for (;;) {
		uint32_t parent = __atomic_load_n(&parents[position], __ATOMIC_RELAXED);
		if (parent == position) {
			return position;
		}
		const uint32_t grandparent = __atomic_load_n(&parents[parent], __ATOMIC_RELAXED);
		if (grandparent != parent) {
			__atomic_compare_exchange_n(&parents[position], &parent, grandparent, 1, __ATOMIC_RELAXED, __ATOMIC_RELAXED);
		}
		position = grandparent;
	}
}

static void connect(uint32_t *parents, uint32_t a, uint32_t b) {
	for (;;) {
		a = root_of(parents, a);
		b = root_of(parents, b);
		if (a == b) {
			return;
		}
		const uint32_t low = a < b ? a : b;
		uint32_t high = a < b ? b : a;
		const uint32_t child = high;
		if (__atomic_compare_exchange_n(&parents[child], &high, low, 0, __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {
			return;
		}
	}
}

static void separate_range(void *context, uint64_t begin, uint64_t end) {
	work_s *work = context;
	for (uint64_t position = begin; position < end; ++position) {
		work->parents[position] = (uint32_t)position;
	}
}

static void connect_range(void *context, uint64_t begin, uint64_t end) {
	work_s *work = context;
	for (uint32_t corner = 3 * (uint32_t)begin; corner < 3 * end; corner += 3) {
		const uint32_t position = sc_position_of(work->mesh, corner);
		connect(work->parents, position, sc_position_of(work->mesh, corner + 1));
		connect(work->parents, position, sc_position_of(work->mesh, corner + 2));
	}
}

// Six times the signed volume of the tetrahedron of a triangle and a point.
static double tetrahedron(const sc_mesh_s *mesh, uint32_t corner, const float *point) {
	double edges[3][3];
	for (uint32_t i = 0; i < 3; ++i) {
		const float *vertex = &mesh->coordinates[3 * (size_t)sc_vertex_of(mesh, corner + i)];
		for (int axis = 0; axis < 3; ++axis) {
			edges[i][axis] = (double)vertex[axis] - point[axis];
		}
	}
	const double *a = edges[0];
	const double *b = edges[1];
	const double *c = edges[2];
	return a[0] * (b[1] * c[2] - b[2] * c[1]) + a[1] * (b[2] * c[0] - b[0] * c[2]) + a[2] * (b[0] * c[1] - b[1] * c[0]);
}

static void measure_range(void *context, uint64_t begin, uint64_t end) {
	work_s *work = context;
	const float *point = &work->mesh->coordinates[3 * (size_t)sc_vertex_of(work->mesh, 0)];
	double volume = 0;
	for (uint64_t triangle = begin; triangle < end; ++triangle) {
		volume += tetrahedron(work->mesh, 3 * (uint32_t)triangle, point);
	}
	work->volumes[begin / GRAIN] = volume;
}

static int is_one_part(work_s *work) {
	uint32_t parts = 0;
	for (uint32_t position = 0; position < work->mesh->vertices && parts < 2; ++position) {
		parts += work->parents[position] == position && work->fans[position].faces > 0;
	}
	return parts == 1;
}

static int is_part_outward(work_s *work, uint32_t triangles) {
	sc_parallel_for(triangles, GRAIN, measure_range, work);
	double volume = 0;
	for (uint32_t range = 0; range * (uint64_t)GRAIN < triangles; ++range) {
		volume += work->volumes[range];
	}
	return volume >= 0;
}

// Sums the volume of each part on one thread, in the order of the triangles: files with many parts are rare.
static int are_parts_outward(work_s *work, uint32_t triangles) {
	const sc_mesh_s *mesh = work->mesh;
	for (uint32_t triangle = 0; triangle < triangles; ++triangle) {
		const uint32_t root = root_of(work->parents, sc_position_of(mesh, 3 * triangle));
		// Relative to a position of the part: this reduces the effect of holes and of the distance from zero.
		work->volumes[root] += tetrahedron(mesh, 3 * triangle, &mesh->coordinates[3 * (size_t)root]);
	}
	for (uint32_t position = 0; position < mesh->vertices; ++position) {
		if (!(work->volumes[position] >= 0)) {
			return 0;
		}
	}
	return 1;
}

static int is_outward(work_s *work) {
	const uint32_t positions = work->mesh->vertices;
	const uint32_t triangles = work->mesh->corners / 3;
	work->parents = malloc(positions * sizeof(*work->parents));
	if (work->parents == NULL) {
		return sc_fail(SC_E_SYSTEM, "no memory for the parts of a mesh");
	}
	sc_parallel_for(positions, GRAIN, separate_range, work);
	sc_parallel_for(triangles, GRAIN, connect_range, work);
	const int is_one = is_one_part(work);
	work->volumes = calloc(is_one ? triangles / GRAIN + 1 : positions, sizeof(*work->volumes));
	if (work->volumes == NULL) {
		return sc_fail(SC_E_SYSTEM, "no memory for the volumes of a mesh");
	}
	return is_one ? is_part_outward(work, triangles) : are_parts_outward(work, triangles);
}

int sc_mesh_is_watertight(sc_fans_s *fans) {
	work_s work = { .mesh = &fans->mesh, .fans = fans->fans };
	const int closed = is_closed(&work, fans);
	if (closed <= 0) {
		return closed;
	}
	const int result = is_outward(&work);
	free(work.parents);
	free(work.volumes);
	return result;
}
