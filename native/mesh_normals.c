#include "mesh_normals.h"

#include <math.h>
#include <string.h>

#include "error.h"
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
	double x, y, z;
} vector_s;

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
	const sc_adjacency_s *mesh;
	normal_s *normals; // x is NaN while a vertex has no normal
	range_s *ranges;
	int has_failed;
} work_s;

// Faces at one position, in the order of its corners.
typedef struct {
	vector_s normals[MAX_FACES]; // not normalized: the length is twice the area
	double lengths[MAX_FACES];
} faces_s;

static inline double dot(vector_s a, vector_s b) { return a.x * b.x + a.y * b.y + a.z * b.z; }

static inline vector_s face_normal(const sc_adjacency_s *mesh, uint32_t corner) {
	const uint32_t base = corner - corner % 3;
	const float *a = &mesh->coordinates[3 * (size_t)sc_vertex_of(mesh, base)];
	const float *b = &mesh->coordinates[3 * (size_t)sc_vertex_of(mesh, base + 1)];
	const float *c = &mesh->coordinates[3 * (size_t)sc_vertex_of(mesh, base + 2)];
	const vector_s u = { (double)b[0] - a[0], (double)b[1] - a[1], (double)b[2] - a[2] };
	const vector_s v = { (double)c[0] - a[0], (double)c[1] - a[1], (double)c[2] - a[2] };
	return (vector_s){ u.y * v.z - u.z * v.y, u.z * v.x - u.x * v.z, u.x * v.y - u.y * v.x };
}

// Degenerate triangles and triangles that are not finite cover no pixels, so any normal is correct.
static inline normal_s normalized(vector_s sum) {
	const double length = sqrt(dot(sum, sum));
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
		assign(work, range, range->appended_count, corners[i], normalized(face_normal(work->mesh, corners[i])));
	}
}

// Sufficient test, in linear time, that all faces are within the crease angle of each other: each is within 30 degrees of their sum.
// Compares squares, since square roots would take a quarter of the time; returns 0 if the products could overflow or underflow.
static int is_smooth(const faces_s *faces, uint32_t count, vector_s sum) {
	const double squared = dot(sum, sum);
	if (!(squared > MIN_SQUARE && squared < MAX_SQUARE)) {
		return 0;
	}
	const double minimum = HALF_CREASE_COSINE * HALF_CREASE_COSINE * squared;
	for (uint32_t i = 0; i < count; ++i) {
		const double projection = dot(faces->normals[i], sum);
		if (!(projection >= 0 && projection * projection >= minimum * dot(faces->normals[i], faces->normals[i]))) {
			return 0;
		}
	}
	return 1;
}

static vector_s crease_sum(const faces_s *faces, uint32_t count, uint32_t own) {
	vector_s sum = { 0, 0, 0 };
	for (uint32_t i = 0; i < count; ++i) {
		const vector_s normal = faces->normals[i];
		if (dot(normal, faces->normals[own]) >= CREASE_COSINE * faces->lengths[own] * faces->lengths[i]) {
			sum = (vector_s){ sum.x + normal.x, sum.y + normal.y, sum.z + normal.z };
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
	vector_s sum = { 0, 0, 0 };
	for (uint32_t i = 0; i < count; ++i) {
		const vector_s normal = face_normal(work->mesh, corners[i]);
		faces.normals[i] = normal;
		sum = (vector_s){ sum.x + normal.x, sum.y + normal.y, sum.z + normal.z };
	}
	if (is_smooth(&faces, count, sum)) {
		const normal_s normal = normalized(sum);
		for (uint32_t i = 0; i < count; ++i) {
			work->normals[sc_vertex_of(work->mesh, corners[i])] = normal;
		}
		return;
	}
	for (uint32_t i = 0; i < count; ++i) {
		faces.lengths[i] = sqrt(dot(faces.normals[i], faces.normals[i]));
	}
	const uint32_t oldest = range->appended_count;
	for (uint32_t i = 0; i < count; ++i) {
		assign(work, range, oldest, corners[i], normalized(crease_sum(&faces, count, i)));
	}
}

static void clear_range(void *context, uint64_t begin, uint64_t end) {
	work_s *work = context;
	for (uint64_t vertex = begin; vertex < end; ++vertex) {
		work->normals[vertex].values[0] = NAN;
	}
}

static void assign_range(void *context, uint64_t begin, uint64_t end) {
	work_s *work = context;
	const sc_adjacency_s *mesh = work->mesh;
	range_s *range = &work->ranges[begin / GRAIN];
	for (uint64_t position = begin; position < end; ++position) {
		const uint32_t first = mesh->first[position];
		assign_position(work, range, &mesh->list[first], mesh->first[position + 1] - first);
	}
}

// Sets the normals of vertices without triangles.
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
	normal_s *grown = realloc(work->normals, (vertices + appended) * sizeof(*grown));
	result->sources = malloc(appended * sizeof(*result->sources));
	if (grown != NULL) {
		work->normals = grown;
	}
	if (grown == NULL || result->sources == NULL) {
		return sc_fail(SC_E_SYSTEM, "no memory for the normals of %llu vertices", (unsigned long long)(vertices + appended));
	}
	for (uint64_t i = 0; i < ranges; ++i) {
		const range_s *range = &work->ranges[i];
		for (uint32_t at = 0; at < range->appended_count; ++at) {
			result->sources[range->base + at] = range->appended[at].source;
			work->normals[vertices + range->base + at] = range->appended[at].normal;
		}
		for (uint32_t at = 0; at < range->moved_count; ++at) {
			indices[range->moved[at].corner] = (uint32_t)vertices + range->base + range->moved[at].appended;
		}
	}
	result->appended = (uint32_t)appended;
	return SC_OK;
}

static int compute(sc_normals_s *result, work_s *work, uint64_t ranges, uint32_t *indices) {
	if (work->normals == NULL || work->ranges == NULL) {
		return sc_fail(SC_E_SYSTEM, "no memory for the normals of %u vertices", work->mesh->vertices);
	}
	sc_parallel_for(work->mesh->vertices, 1 << 18, clear_range, work);
	sc_parallel_for(work->mesh->positions, GRAIN, assign_range, work);
	sc_parallel_for(work->mesh->vertices, 1 << 18, complete_range, work);
	if (work->has_failed) {
		return sc_fail(SC_E_SYSTEM, "no memory for the normals at creases");
	}
	return append(result, work, ranges, indices);
}

int sc_normals_init(sc_normals_s *result, const sc_adjacency_s *mesh, uint32_t *indices) {
	const uint64_t ranges = mesh->positions / GRAIN + 1;
	work_s work = { .mesh = mesh };
	work.normals = malloc(((size_t)mesh->vertices + 1) * sizeof(*work.normals));
	work.ranges = calloc(ranges, sizeof(*work.ranges));
	*result = (sc_normals_s){ NULL, NULL, 0 };
	const int code = compute(result, &work, ranges, indices);
	for (uint64_t i = 0; work.ranges != NULL && i < ranges; ++i) {
		free(work.ranges[i].appended);
		free(work.ranges[i].moved);
	}
	free(work.ranges);
	result->normals = (float *)work.normals;
	return code;
}

void sc_normals_destroy(sc_normals_s *result) {
	free(result->normals);
	free(result->sources);
}
