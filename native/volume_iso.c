#include "volume_iso.h"

#include <math.h>
#include <string.h>

#include "error.h"
#include "iso_cases.h"
#include "parallel.h"

// Layers of cells that a thread processes at once. One plane more is numbered for each.
#define SLAB 16

struct sc_iso {
	sc_volume_s volume;
	sc_iso_grid_s grid;
	const case_s *cases;
	uint64_t area; // voxels of a plane
	// Numbers of the first vertex of each plane, and of the first triangle of each layer; then the totals.
	uint64_t *vertex_starts;
	uint64_t *triangle_starts;
	float *positions;
	float *normals;
	uint32_t *indices;
	int has_failed;
};

static inline __attribute__((always_inline)) void fill_flags(int type, const sc_iso_s *iso, uint64_t k, uint8_t *flags) {
	const double level = iso->grid.level;
	for (uint64_t i = 0; i < iso->area; ++i) {
		// NaN is outside.
		flags[i] = sc_number_load(iso->volume.values, type, k * iso->area + i) >= level;
	}
}

// Marks the voxels of a plane that are inside.
static void flag_plane(const sc_iso_s *iso, uint64_t k, uint8_t *flags) {
	SC_VOLUME_DISPATCH(iso->volume.type, fill_flags, iso, k, flags);
}

// Set of the corners inside, of the cell whose lower corner is voxel `at` of the planes.
static inline int case_at(const uint8_t *low, const uint8_t *high, uint64_t at, uint64_t nx) {
	return low[at] | low[at + 1] << 1 | low[at + nx] << 2 | low[at + nx + 1] << 3 | high[at] << 4 | high[at + 1] << 5
		| high[at + nx] << 6 | high[at + nx + 1] << 7;
}

static void count_layers(void *context, uint64_t begin, uint64_t end) {
	sc_iso_s *iso = context;
	const uint64_t nx = iso->volume.dims[0];
	const uint64_t ny = iso->volume.dims[1];
	const uint64_t nz = iso->volume.dims[2];
	uint8_t *planes = malloc(2 * iso->area);
	if (planes == NULL) {
		__atomic_store_n(&iso->has_failed, 1, __ATOMIC_RELAXED);
		return;
	}
	uint8_t *low = planes;
	uint8_t *high = planes + iso->area;
	flag_plane(iso, begin, low);
	for (uint64_t k = begin; k < end; ++k) {
		const int has_next = k + 1 < nz;
		if (has_next) {
			flag_plane(iso, k + 1, high);
		}
		uint64_t vertices = 0;
		uint64_t triangles = 0;
		for (uint64_t j = 0; j < ny; ++j) {
			for (uint64_t i = 0; i < nx; ++i) {
				const uint64_t at = j * nx + i;
				const int is_inner = i + 1 < nx && j + 1 < ny;
				vertices += (i + 1 < nx && low[at] != low[at + 1]) + (j + 1 < ny && low[at] != low[at + nx])
					+ (has_next && low[at] != high[at]);
				triangles += is_inner && has_next ? iso->cases[case_at(low, high, at, nx)].count : 0;
			}
		}
		iso->vertex_starts[k + 1] = vertices;
		iso->triangle_starts[k + 1] = triangles;
		uint8_t *swapped = low;
		low = high;
		high = swapped;
	}
	free(planes);
}

static double voxel_at(const sc_iso_s *iso, const uint64_t at[3]) {
	return sc_number_load(iso->volume.values, iso->volume.type, (at[2] * iso->volume.dims[1] + at[1]) * iso->volume.dims[0] + at[0]);
}

// Central differences; one-sided at the edges of the volume.
static void gradient_at(const sc_iso_s *iso, const uint64_t at[3], double gradient[3]) {
	for (int axis = 0; axis < 3; ++axis) {
		uint64_t before[3] = { at[0], at[1], at[2] };
		uint64_t after[3] = { at[0], at[1], at[2] };
		before[axis] -= at[axis] > 0;
		after[axis] += at[axis] + 1 < iso->volume.dims[axis];
		const uint64_t distance = after[axis] - before[axis];
		const double difference = voxel_at(iso, after) - voxel_at(iso, before);
		gradient[axis] = distance > 0 && isfinite(difference) ? difference / (double)distance : 0;
	}
}

// Writes the vertex of the edge from voxel `at` along an axis.
static void put_vertex(sc_iso_s *iso, uint64_t vertex, const uint64_t at[3], int axis) {
	uint64_t other[3] = { at[0], at[1], at[2] };
	++other[axis];
	const double from = voxel_at(iso, at);
	const double to = voxel_at(iso, other);
	double part = (iso->grid.level - from) / (to - from);
	// Not a number next to NaN and infinities.
	part = part >= 0 && part <= 1 ? part : 0.5;
	double place[3] = { (double)at[0], (double)at[1], (double)at[2] };
	place[axis] += part;
	double a[3];
	double b[3];
	gradient_at(iso, at, a);
	gradient_at(iso, other, b);
	double normal[3] = { 0 };
	for (int row = 0; row < 3; ++row) {
		const double *m = &iso->grid.to_world[4 * row];
		iso->positions[3 * vertex + (uint64_t)row] = (float)(m[0] * place[0] + m[1] * place[1] + m[2] * place[2] + m[3]);
		for (int column = 0; column < 3; ++column) {
			normal[row] += iso->grid.to_normal[3 * row + column] * (a[column] + part * (b[column] - a[column]));
		}
	}
	const double length = sqrt(normal[0] * normal[0] + normal[1] * normal[1] + normal[2] * normal[2]);
	const double sign = iso->grid.is_inverted != 0 ? 1 : -1;
	for (int row = 0; row < 3; ++row) {
		iso->normals[3 * vertex + (uint64_t)row] = length > 0 && isfinite(length) ? (float)(sign * normal[row] / length) : row == 2;
	}
}

// One plane of voxels: which are inside, and the numbers of the vertices on the edges that begin there, by axis.
typedef struct {
	uint8_t *flags;
	uint32_t *numbers[3];
} plane_s;

static int plane_init(plane_s *plane, uint64_t area) {
	plane->flags = malloc(area);
	for (int axis = 0; axis < 3; ++axis) {
		plane->numbers[axis] = malloc(area * sizeof(uint32_t));
	}
	return plane->flags != NULL && plane->numbers[0] != NULL && plane->numbers[1] != NULL && plane->numbers[2] != NULL;
}

static void plane_destroy(plane_s *plane) {
	free(plane->flags);
	for (int axis = 0; axis < 3; ++axis) {
		free(plane->numbers[axis]);
	}
}

// Numbers the vertices of plane k in the order in which count_layers counts them; writes them, if they are the caller's.
static void number_plane(sc_iso_s *iso, uint64_t k, const plane_s *plane, const uint8_t *next, int is_own) {
	const uint64_t nx = iso->volume.dims[0];
	const uint64_t ny = iso->volume.dims[1];
	uint64_t vertex = iso->vertex_starts[k];
	for (uint64_t j = 0; j < ny; ++j) {
		for (uint64_t i = 0; i < nx; ++i) {
			const uint64_t at = j * nx + i;
			const uint8_t flag = plane->flags[at];
			const int cuts[3] = { i + 1 < nx && flag != plane->flags[at + 1], j + 1 < ny && flag != plane->flags[at + nx],
				next != NULL && flag != next[at] };
			for (int axis = 0; axis < 3; ++axis) {
				if (!cuts[axis]) {
					continue;
				}
				plane->numbers[axis][at] = (uint32_t)vertex;
				if (is_own) {
					put_vertex(iso, vertex, (const uint64_t[3]){ i, j, k }, axis);
				}
				++vertex;
			}
		}
	}
}

static void put_triangles(sc_iso_s *iso, uint64_t k, const plane_s planes[2], int is_flipped) {
	const uint64_t nx = iso->volume.dims[0];
	const uint64_t ny = iso->volume.dims[1];
	uint32_t *out = &iso->indices[3 * iso->triangle_starts[k]];
	for (uint64_t j = 0; j + 1 < ny; ++j) {
		for (uint64_t i = 0; i + 1 < nx; ++i) {
			const uint64_t at = j * nx + i;
			const case_s *cell = &iso->cases[case_at(planes[0].flags, planes[1].flags, at, nx)];
			for (int triangle = 0; triangle < cell->count; ++triangle) {
				for (int c = 0; c < 3; ++c) {
					const edge_s edge = sc_iso_edges[cell->edges[triangle][is_flipped ? 2 - c : c]];
					const uint64_t voxel = at + (edge.corner & 1) + (edge.corner >> 1 & 1 ? nx : 0);
					*out++ = planes[edge.corner >> 2].numbers[edge.axis][voxel];
				}
			}
		}
	}
}

static void emit_layers(void *context, uint64_t begin, uint64_t end) {
	sc_iso_s *iso = context;
	const uint64_t nz = iso->volume.dims[2];
	const double *m = iso->grid.to_world;
	const double determinant = m[0] * (m[5] * m[10] - m[6] * m[9]) - m[1] * (m[4] * m[10] - m[6] * m[8])
		+ m[2] * (m[4] * m[9] - m[5] * m[8]);
	const int is_flipped = (determinant < 0) != (iso->grid.is_inverted != 0);
	plane_s planes[2] = { { 0 }, { 0 } };
	uint8_t *beyond = malloc(iso->area);
	const int is_ready = plane_init(&planes[0], iso->area) + plane_init(&planes[1], iso->area) == 2 && beyond != NULL;
	if (!is_ready) {
		__atomic_store_n(&iso->has_failed, 1, __ATOMIC_RELAXED);
		end = begin;
	} else {
		flag_plane(iso, begin, planes[0].flags);
		if (begin + 1 < nz) {
			flag_plane(iso, begin + 1, planes[1].flags);
		}
		number_plane(iso, begin, &planes[0], begin + 1 < nz ? planes[1].flags : NULL, 1);
	}
	for (uint64_t k = begin; k < end && k + 1 < nz; ++k) {
		if (k + 2 < nz) {
			flag_plane(iso, k + 2, beyond);
		}
		number_plane(iso, k + 1, &planes[1], k + 2 < nz ? beyond : NULL, k + 1 < end);
		put_triangles(iso, k, planes, is_flipped);
		uint8_t *const flags = planes[0].flags;
		const plane_s swapped = planes[0];
		planes[0] = planes[1];
		planes[1] = swapped;
		planes[1].flags = beyond;
		beyond = flags;
	}
	plane_destroy(&planes[0]);
	plane_destroy(&planes[1]);
	free(beyond);
}

// Sums of the counts of all planes and layers before each.
static void add_up(uint64_t *starts, uint64_t count) {
	starts[0] = 0;
	for (uint64_t i = 1; i <= count; ++i) {
		starts[i] += starts[i - 1];
	}
}

static int fill(sc_iso_s *iso) {
	const uint64_t nz = iso->volume.dims[2];
	iso->vertex_starts = calloc(nz + 1, sizeof(uint64_t));
	iso->triangle_starts = calloc(nz + 1, sizeof(uint64_t));
	if (iso->vertex_starts == NULL || iso->triangle_starts == NULL) {
		return sc_fail(SC_E_SYSTEM, "there is not enough memory for the surface");
	}
	sc_parallel_for(nz, SLAB, count_layers, iso);
	add_up(iso->vertex_starts, nz);
	add_up(iso->triangle_starts, nz);
	const uint64_t vertices = iso->vertex_starts[nz];
	const uint64_t triangles = iso->triangle_starts[nz];
	if (triangles > SC_ISO_MAX_TRIANGLES || vertices > SC_ISO_MAX_TRIANGLES) {
		return sc_fail(SC_E_INVALID, "the surface has %llu triangles, more than the %d that can be shown", (unsigned long long)triangles,
			SC_ISO_MAX_TRIANGLES);
	}
	iso->positions = malloc((3 * vertices + 1) * sizeof(float));
	iso->normals = malloc((3 * vertices + 1) * sizeof(float));
	iso->indices = malloc((3 * triangles + 1) * sizeof(uint32_t));
	if (!iso->has_failed && iso->positions != NULL && iso->normals != NULL && iso->indices != NULL) {
		sc_parallel_for(nz, SLAB, emit_layers, iso);
	} else {
		iso->has_failed = 1;
	}
	return iso->has_failed ? sc_fail(SC_E_SYSTEM, "there is not enough memory for the surface") : SC_OK;
}

sc_iso_s *sc_iso_create(const void *values, uint64_t value_count, int32_t type, const uint32_t *shape, uint64_t first,
	const sc_iso_grid_s *grid) {
	sc_iso_s *iso = calloc(1, sizeof(*iso));
	if (iso == NULL) {
		sc_fail(SC_E_SYSTEM, "there is not enough memory for the surface");
		return NULL;
	}
	iso->grid = *grid;
	if (sc_volume_init(&iso->volume, values, value_count, type, shape, first) < 0) {
		sc_iso_destroy(iso);
		return NULL;
	}
	if (iso->volume.components != 1) {
		sc_fail(SC_E_INVALID, "a volume with %u values per voxel has no isosurface", shape[3]);
		sc_iso_destroy(iso);
		return NULL;
	}
	iso->area = iso->volume.dims[0] * iso->volume.dims[1];
	iso->cases = sc_iso_cases();
	if (fill(iso) < 0) {
		sc_iso_destroy(iso);
		return NULL;
	}
	return iso;
}

void sc_iso_destroy(sc_iso_s *iso) {
	if (iso == NULL) {
		return;
	}
	free(iso->vertex_starts);
	free(iso->triangle_starts);
	free(iso->positions);
	free(iso->normals);
	free(iso->indices);
	free(iso);
}

uint64_t sc_iso_vertices(const sc_iso_s *iso) {
	return iso->vertex_starts[iso->volume.dims[2]];
}

uint64_t sc_iso_triangles(const sc_iso_s *iso) {
	return iso->triangle_starts[iso->volume.dims[2]];
}

int sc_iso_copy(const sc_iso_s *iso, float *positions, float *normals, uint64_t vertices, uint32_t *indices, uint64_t triangles) {
	if (vertices < sc_iso_vertices(iso) || triangles < sc_iso_triangles(iso)) {
		return sc_fail(SC_E_TOO_SMALL, "%llu triangles are too few", (unsigned long long)triangles);
	}
	memcpy(positions, iso->positions, 3 * sc_iso_vertices(iso) * sizeof(float));
	memcpy(normals, iso->normals, 3 * sc_iso_vertices(iso) * sizeof(float));
	memcpy(indices, iso->indices, 3 * sc_iso_triangles(iso) * sizeof(uint32_t));
	return SC_OK;
}
