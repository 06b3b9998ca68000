#include "mesh_chunks.h"

#include <math.h>
#include <string.h>

#include "error.h"
#include "mesh_index.h"
#include "parallel.h"

#define MORTON_BITS 6
#define CODES (1 << 3 * MORTON_BITS)
// Triangles in a row that are sorted as one if the first, the middle and the last are near each other, as in most files: this takes half
// of the time.
#define RUN 16

typedef struct {
	const float *coordinates;
	const uint32_t *indices;
	uint64_t corners;
	uint64_t chunk_corners;
	float *out;
} chunks_s;

static inline const float *corner_position(const float *coordinates, const uint32_t *indices, uint64_t corner) {
	return &coordinates[3 * (size_t)indices[corner]];
}

static void bound_chunk(const chunks_s *chunks, uint64_t begin, uint64_t end, float *out) {
	float min[3] = { INFINITY, INFINITY, INFINITY };
	float max[3] = { -INFINITY, -INFINITY, -INFINITY };
	for (uint64_t corner = begin; corner < end; ++corner) {
		const float *position = corner_position(chunks->coordinates, chunks->indices, corner);
		if (!sc_is_finite_position(position)) {
			continue;
		}
		for (int axis = 0; axis < 3; ++axis) {
			min[axis] = position[axis] < min[axis] ? position[axis] : min[axis];
			max[axis] = position[axis] > max[axis] ? position[axis] : max[axis];
		}
	}
	const double center[3] = { ((double)min[0] + max[0]) / 2, ((double)min[1] + max[1]) / 2, ((double)min[2] + max[2]) / 2 };
	double squared = -1;
	for (uint64_t corner = begin; corner < end; ++corner) {
		const float *position = corner_position(chunks->coordinates, chunks->indices, corner);
		const double offset[3] = { position[0] - center[0], position[1] - center[1], position[2] - center[2] };
		const double distance = offset[0] * offset[0] + offset[1] * offset[1] + offset[2] * offset[2];
		if (distance > squared && sc_is_finite_position(position)) {
			squared = distance;
		}
	}
	memcpy(out, min, sizeof(min));
	memcpy(&out[3], max, sizeof(max));
	out[6] = squared < 0 ? -1 : nextafterf((float)sqrt(squared), INFINITY);
}

static void bound_range(void *context, uint64_t begin, uint64_t end) {
	const chunks_s *chunks = context;
	for (uint64_t chunk = begin; chunk < end; ++chunk) {
		const uint64_t first = chunk * chunks->chunk_corners;
		const uint64_t rest = chunks->corners - first;
		bound_chunk(chunks, first, first + (rest < chunks->chunk_corners ? rest : chunks->chunk_corners),
			&chunks->out[SC_CHUNK_FLOATS * chunk]);
	}
}

int sc_mesh_chunk_bounds(const float *coordinates, uint64_t vertices, const uint32_t *indices, uint64_t corners,
	uint64_t chunk_triangles, float *out, uint64_t out_count) {
	if (sc_mesh_check(vertices, indices, corners) < 0) {
		return sc_error_code();
	}
	if (chunk_triangles == 0 || chunk_triangles > UINT32_MAX) {
		return sc_fail(SC_E_INVALID, "a chunk cannot have %llu triangles", (unsigned long long)chunk_triangles);
	}
	chunks_s chunks = { coordinates, indices, corners, 3 * chunk_triangles, out };
	const uint64_t count = (corners + chunks.chunk_corners - 1) / chunks.chunk_corners;
	if (out_count < SC_CHUNK_FLOATS * count) {
		return sc_fail(SC_E_TOO_SMALL, "the bounds of %llu chunks need %llu floats", (unsigned long long)count,
			(unsigned long long)(SC_CHUNK_FLOATS * count));
	}
	sc_parallel_for(count, 1, bound_range, &chunks);
	return SC_OK;
}

typedef struct {
	const float *coordinates;
	const uint32_t *indices;
	uint64_t triangles;
	uint64_t grain; // triangles per range; each thread gets one range
	float min[3];
	float cells_per_unit;
	uint32_t *codes;
	uint32_t *counts; // histogram of each range, CODES counts; later the first output index of each code of the range
	uint32_t *out;
	uint32_t *numbers; // of the sorted triangles; can be NULL
} order_s;

// Spreads the bits of a number below 64 to every third bit, for a Morton code.
static inline uint32_t spread(uint32_t number) {
	uint32_t bits = (number | number << 8) & 0x300f;
	bits = (bits | bits << 4) & 0x30c3;
	return (bits | bits << 2) & 0x9249;
}

static void cell_of(const order_s *order, uint64_t triangle, uint32_t cell[3]) {
	const float *a = corner_position(order->coordinates, order->indices, 3 * triangle);
	const float *b = corner_position(order->coordinates, order->indices, 3 * triangle + 1);
	const float *c = corner_position(order->coordinates, order->indices, 3 * triangle + 2);
	for (int axis = 0; axis < 3; ++axis) {
		const float at = ((a[axis] + b[axis] + c[axis]) / 3 - order->min[axis]) * order->cells_per_unit;
		cell[axis] = at >= (1 << MORTON_BITS) - 1 ? (1 << MORTON_BITS) - 1 : at > 0 ? (uint32_t)at : 0;
	}
}

static inline uint32_t code_of(const uint32_t cell[3]) { return spread(cell[0]) | spread(cell[1]) << 1 | spread(cell[2]) << 2; }

// Whether two cells are equal or neighbours.
static inline int is_near(const uint32_t a[3], const uint32_t b[3]) {
	return a[0] - b[0] + 1 <= 2 && a[1] - b[1] + 1 <= 2 && a[2] - b[2] + 1 <= 2;
}

static void count_run(order_s *order, uint32_t *counts, uint64_t begin, uint64_t end) {
	uint32_t first[3];
	uint32_t middle[3];
	uint32_t last[3];
	cell_of(order, begin, first);
	cell_of(order, begin + (end - begin) / 2, middle);
	cell_of(order, end - 1, last);
	const int is_compact = is_near(first, middle) && is_near(middle, last) && is_near(first, last);
	for (uint64_t triangle = begin; triangle < end; ++triangle) {
		uint32_t cell[3];
		if (!is_compact) {
			cell_of(order, triangle, cell);
		}
		const uint32_t code = code_of(is_compact ? middle : cell);
		order->codes[triangle] = code;
		++counts[code];
	}
}

static void count_codes(void *context, uint64_t begin, uint64_t end) {
	order_s *order = context;
	uint32_t *counts = &order->counts[begin / order->grain * CODES];
	for (uint64_t run = begin; run < end; run += RUN) {
		count_run(order, counts, run, end - run < RUN ? end : run + RUN);
	}
}

static void place_triangles(void *context, uint64_t begin, uint64_t end) {
	order_s *order = context;
	uint32_t *places = &order->counts[begin / order->grain * CODES];
	for (uint64_t triangle = begin; triangle < end; ++triangle) {
		const uint64_t place = places[order->codes[triangle]]++;
		memcpy(&order->out[3 * place], &order->indices[3 * triangle], 12);
		if (order->numbers != NULL) {
			order->numbers[place] = (uint32_t)triangle;
		}
	}
}

static int sort(order_s *order, uint64_t ranges) {
	order->codes = malloc((order->triangles + 1) * sizeof(*order->codes));
	order->counts = calloc(ranges * CODES, sizeof(*order->counts));
	if (order->codes == NULL || order->counts == NULL) {
		return sc_fail(SC_E_SYSTEM, "no memory to sort %llu triangles", (unsigned long long)order->triangles);
	}
	sc_parallel_for(order->triangles, order->grain, count_codes, order);
	uint32_t total = 0;
	for (uint64_t code = 0; code < CODES; ++code) {
		for (uint64_t range = 0; range < ranges; ++range) {
			uint32_t *count = &order->counts[range * CODES + code];
			const uint32_t found = *count;
			*count = total;
			total += found;
		}
	}
	sc_parallel_for(order->triangles, order->grain, place_triangles, order);
	return SC_OK;
}

int sc_mesh_order(const float *coordinates, uint64_t vertices, const uint32_t *indices, uint64_t corners, uint32_t *out,
	uint32_t *triangles) {
	if (sc_mesh_check(vertices, indices, corners) < 0) {
		return sc_error_code();
	}
	sc_bounds_s bounds;
	sc_bounds_init(&bounds, coordinates, vertices, NULL);
	order_s order = { .coordinates = coordinates, .indices = indices, .triangles = corners / 3, .out = out,
		.numbers = triangles };
	double extent = 0;
	for (int axis = 0; axis < 3; ++axis) {
		order.min[axis] = bounds.min[axis];
		extent = fmax(extent, (double)bounds.max[axis] - bounds.min[axis]);
	}
	order.cells_per_unit = extent > 1e-30 ? (float)((1 << MORTON_BITS) / extent) : 0;
	const uint64_t ranges = (uint64_t)sc_parallel_threads();
	order.grain = (order.triangles / ranges / RUN + 1) * RUN;
	const int code = sort(&order, ranges);
	free(order.codes);
	free(order.counts);
	return code;
}
