#include "mesh_normals.h"

#include <math.h>
#include <string.h>

#include "error.h"
#include "mesh_adjacency.h"
#include "parallel.h"

// Crease angle of 60 degrees: edges between faces at a larger angle stay sharp, such as those of a cube.
#define CREASE_COSINE 0.5000000000000001
// Cosine of 30 degrees, rounded up: faces within 30 degrees of one direction are within 60 degrees of each other.
#define HALF_CREASE_COSINE 0.8661
#define MIN_SQUARE 1e-70
#define MAX_SQUARE 1e70
// Maximum number of faces at a position for smooth normals, whose cost is quadratic in it. Above it, each corner has its face normal.
#define MAX_FACES 256
// Positions per range of a parallel loop.
#define GRAIN 4096

typedef struct {
	float values[3];
} normal_s;

typedef struct {
	uint32_t source;
	normal_s normal;
} appended_s;

typedef struct {
	uint32_t corner;
	uint32_t appended; // number of the appended vertex within its range
} moved_s;

typedef struct {
	appended_s *appended;
	uint32_t appended_count;
	uint32_t appended_capacity;
	moved_s *moved;
	uint32_t moved_count;
	uint32_t moved_capacity;
	uint32_t base; // number of vertices appended by all ranges before
} range_s;

typedef struct {
	const sc_mesh_s *mesh;
	sc_fan_s *fans;
	normal_s *normals; // x is NaN while a vertex has no normal
	sc_adjacency_s adjacency; // of the positions at creases
	range_s *ranges;
	int has_failed;
} work_s;

// Faces at one position, in the order of its corners.
typedef struct {
	sc_vector_s normals[MAX_FACES]; // not normalized: the length is twice the area
	double lengths[MAX_FACES];
} faces_s;

// Degenerate triangles and triangles that are not finite cover no pixels, so any normal is correct.
static inline normal_s normalized(sc_vector_s sum) {
	const double length = sqrt(sc_dot(sum, sum));
	if (!(length > 0 && length < INFINITY)) {
		return (normal_s){ { 0, 0, 1 } };
	}
	return (normal_s){ { (float)(sum.x / length), (float)(sum.y / length), (float)(sum.z / length) } };
}

static inline int is_equal(normal_s a, normal_s b) {
	return a.values[0] == b.values[0] && a.values[1] == b.values[1] && a.values[2] == b.values[2];
}

// Grows an array to hold one more element. Returns false if out of memory.
static int reserve(void **array, uint32_t count, uint32_t *capacity, size_t size) {
	if (count < *capacity) {
		return 1;
	}
	const uint32_t wanted = *capacity == 0 ? 64 : 2 * *capacity;
	void *grown = realloc(*array, wanted * size);
	if (grown == NULL) {
		return 0;
	}
	*array = grown;
	*capacity = wanted;
	return 1;
}

// Assigns a normal to a corner: to its vertex if that has no normal yet or the same one, otherwise to an appended vertex. `oldest`: the
// first appended vertex that can be shared.
static void assign(work_s *work, range_s *range, uint32_t oldest, uint32_t corner, normal_s normal) {
	const uint32_t vertex = sc_vertex_of(work->mesh, corner);
	normal_s *known = &work->normals[vertex];
	if (isnan(known->values[0])) {
		*known = normal;
	}
	if (is_equal(*known, normal)) {
		return;
	}
	uint32_t number = oldest;
	while (number < range->appended_count
		&& !(range->appended[number].source == vertex && is_equal(range->appended[number].normal, normal))) {
		++number;
	}
	if (!reserve((void **)&range->moved, range->moved_count, &range->moved_capacity, sizeof(moved_s))
		|| !reserve((void **)&range->appended, number, &range->appended_capacity, sizeof(appended_s))) {
		__atomic_store_n(&work->has_failed, 1, __ATOMIC_RELAXED);
		return;
	}
	range->moved[range->moved_count++] = (moved_s){ corner, number };
	if (number == range->appended_count) {
		range->appended[range->appended_count++] = (appended_s){ vertex, normal };
	}
}

static void assign_face_normals(work_s *work, range_s *range, const uint32_t *corners, uint32_t count) {
	for (uint32_t i = 0; i < count; ++i) {
		assign(work, range, range->appended_count, corners[i], normalized(sc_face_normal(work->mesh, corners[i])));
	}
}

// Sufficient test that all faces of a fan are within the crease angle of each other: each is within 30 degrees of their sum. Compares
// squares, since square roots would take a quarter of the time; returns 0 if the products could overflow or underflow.
static inline int is_near_sum(const sc_fan_s *fan, sc_vector_s normal, double square) {
	const sc_vector_s sum = { fan->x, fan->y, fan->z };
	const double squared = sc_dot(sum, sum);
	const double projection = sc_dot(normal, sum);
	return sc_fan_faces(fan) <= MAX_FACES && squared > MIN_SQUARE && squared < MAX_SQUARE && projection >= 0
		&& projection * projection >= HALF_CREASE_COSINE * HALF_CREASE_COSINE * squared * square;
}

// Marks the fans that may have creases.
static void mark_creases(void *context, uint64_t begin, uint64_t end) {
	work_s *work = context;
	for (uint32_t corner = 3 * (uint32_t)begin; corner < 3 * end; corner += 3) {
		const sc_vector_s normal = sc_face_normal(work->mesh, corner);
		const double square = sc_dot(normal, normal);
		for (uint32_t i = corner; i < corner + 3; ++i) {
			sc_fan_s *fan = &work->fans[sc_position_of(work->mesh, i)];
			if (!is_near_sum(fan, normal, square)) {
				sc_fan_mark(fan);
			}
		}
	}
}

// Sets the normals of vertices without creases.
static void smooth_range(void *context, uint64_t begin, uint64_t end) {
	work_s *work = context;
	for (uint64_t vertex = begin; vertex < end; ++vertex) {
		const sc_fan_s *fan = &work->fans[work->mesh->ids != NULL ? work->mesh->ids[vertex] : vertex];
		work->normals[vertex] = normalized((sc_vector_s){ fan->x, fan->y, fan->z });
		if (sc_fan_is_marked(fan)) {
			work->normals[vertex].values[0] = NAN;
		}
	}
}

static sc_vector_s crease_sum(const faces_s *faces, uint32_t count, uint32_t own) {
	sc_vector_s sum = { 0, 0, 0 };
	for (uint32_t i = 0; i < count; ++i) {
		const sc_vector_s normal = faces->normals[i];
		if (sc_dot(normal, faces->normals[own]) >= CREASE_COSINE * faces->lengths[own] * faces->lengths[i]) {
			sum = (sc_vector_s){ sum.x + normal.x, sum.y + normal.y, sum.z + normal.z };
		}
	}
	return sum;
}

static void assign_position(work_s *work, range_s *range, const uint32_t *corners, uint32_t count) {
	if (count > MAX_FACES) {
		assign_face_normals(work, range, corners, count);
		return;
	}
	faces_s faces;
	for (uint32_t i = 0; i < count; ++i) {
		faces.normals[i] = sc_face_normal(work->mesh, corners[i]);
		faces.lengths[i] = sqrt(sc_dot(faces.normals[i], faces.normals[i]));
	}
	const uint32_t oldest = range->appended_count;
	for (uint32_t i = 0; i < count; ++i) {
		assign(work, range, oldest, corners[i], normalized(crease_sum(&faces, count, i)));
	}
}

static void assign_range(void *context, uint64_t begin, uint64_t end) {
	work_s *work = context;
	const sc_adjacency_s *adjacency = &work->adjacency;
	range_s *range = &work->ranges[begin / GRAIN];
	for (uint64_t number = begin; number < end; ++number) {
		const uint32_t first = adjacency->first[number];
		assign_position(work, range, &adjacency->list[first], adjacency->first[number + 1] - first);
	}
}

// Sets the normals of vertices without triangles at positions with creases.
static void complete_range(void *context, uint64_t begin, uint64_t end) {
	work_s *work = context;
	for (uint64_t vertex = begin; vertex < end; ++vertex) {
		if (isnan(work->normals[vertex].values[0])) {
			work->normals[vertex] = (normal_s){ { 0, 0, 1 } };
		}
	}
}

static uint64_t number_ranges(range_s *ranges, uint64_t count) {
	uint64_t total = 0;
	for (uint64_t i = 0; i < count; ++i) {
		ranges[i].base = (uint32_t)total;
		total += ranges[i].appended_count;
	}
	return total;
}

static int append(sc_normals_s *result, work_s *work, uint64_t ranges, uint32_t *indices) {
	const uint64_t vertices = work->mesh->vertices;
	const uint64_t appended = number_ranges(work->ranges, ranges);
	if (appended == 0) {
		return SC_OK;
	}
	result->normals = malloc(appended * sizeof(normal_s));
	result->sources = malloc(appended * sizeof(*result->sources));
	if (result->normals == NULL || result->sources == NULL) {
		return sc_fail(SC_E_SYSTEM, "no memory for the normals of %llu vertices", (unsigned long long)appended);
	}
	for (uint64_t i = 0; i < ranges; ++i) {
		const range_s *range = &work->ranges[i];
		for (uint32_t at = 0; at < range->appended_count; ++at) {
			result->sources[range->base + at] = range->appended[at].source;
			memcpy(&result->normals[3 * (size_t)(range->base + at)], &range->appended[at].normal, sizeof(normal_s));
		}
		for (uint32_t at = 0; at < range->moved_count; ++at) {
			indices[range->moved[at].corner] = (uint32_t)vertices + range->base + range->moved[at].appended;
		}
	}
	result->appended = (uint32_t)appended;
	return SC_OK;
}

static int assign_creases(sc_normals_s *result, work_s *work, uint32_t *indices) {
	const uint64_t ranges = work->adjacency.positions / GRAIN + 1;
	work->ranges = calloc(ranges, sizeof(*work->ranges));
	if (work->ranges == NULL) {
		return sc_fail(SC_E_SYSTEM, "no memory for the normals of %u vertices", work->mesh->vertices);
	}
	sc_parallel_for(work->adjacency.positions, GRAIN, assign_range, work);
	sc_parallel_for(work->mesh->vertices, 1 << 18, complete_range, work);
	const int code = work->has_failed ? sc_fail(SC_E_SYSTEM, "no memory for the normals at creases")
		: append(result, work, ranges, indices);
	for (uint64_t i = 0; i < ranges; ++i) {
		free(work->ranges[i].appended);
		free(work->ranges[i].moved);
	}
	free(work->ranges);
	return code;
}

int sc_normals_init(sc_normals_s *result, sc_fans_s *fans, uint32_t *indices, float *normals) {
	*result = (sc_normals_s){ 0, NULL, NULL };
	work_s work = { .mesh = &fans->mesh, .fans = fans->fans, .normals = (normal_s *)normals };
	sc_parallel_for(work.mesh->corners / 3, 1 << 16, mark_creases, &work);
	sc_parallel_for(work.mesh->vertices, 1 << 18, smooth_range, &work);
	int code = sc_adjacency_init(&work.adjacency, fans);
	if (code == SC_OK && work.adjacency.positions > 0) {
		code = assign_creases(result, &work, indices);
	}
	sc_adjacency_destroy(&work.adjacency);
	return code;
}

void sc_normals_destroy(sc_normals_s *result) {
	free(result->normals);
	free(result->sources);
}
