#include "outer_faces.h"

#include <stdbool.h>
#include <string.h>

#include "error.h"
#include "face_keys.h"
#include "parallel.h"

// Cells per block: a multiple of 64, the bits of a word of `invalid`. Blocks are skipped by their range of vertices.
#define BLOCK_CELLS 8192
// Ranges of vertices of the histogram by which faces are divided into chunks.
#define BUCKETS 4096
// Faces that are compared at a time by a thread, 8 bytes each: the memory of a chunk is 32 MiB, unless one vertex has more faces.
#define CHUNK_FACES (4 << 20)

typedef struct {
	uint32_t min;
	uint32_t max;
} range_s;

typedef struct {
	uint32_t begin; // vertices
	uint32_t end;
	uint64_t faces;
	face_s *outer;
	uint64_t outer_count;
	uint64_t outer_capacity;
} chunk_s;

struct sc_outer_faces_s {
	sc_cells_s cells;
	uint64_t *invalid; // a bit per cell
	uint64_t invalid_cells;
	range_s *blocks; // lowest vertices of the faces of each block
	int shift;       // from a vertex to its bucket
	uint64_t histogram[BUCKETS];
	chunk_s *chunks;
	uint64_t chunk_count;
	uint64_t count;
	int has_failed;
};

static inline bool is_invalid(const sc_outer_faces_s *faces, uint64_t cell) {
	return faces->invalid[cell / 64] >> cell % 64 & 1;
}

static bool is_polyhedron_valid(const sc_cells_s *cells, uint64_t start, uint64_t end) {
	if (start == end) {
		return false;
	}
	uint64_t next = start + 1;
	for (uint32_t rest = cells->connectivity[start]; rest > 0; --rest) {
		if (next >= end || cells->connectivity[next] == 0 || cells->connectivity[next] > end - next - 1) {
			return false;
		}
		const uint64_t last = next + cells->connectivity[next];
		for (++next; next <= last; ++next) {
			if (cells->connectivity[next] >= cells->points) {
				return false;
			}
		}
	}
	return true;
}

static bool is_cell_valid(const sc_cells_s *cells, uint64_t cell) {
	const uint8_t type = cells->types[cell];
	const uint64_t start = cells->offsets[cell];
	const uint64_t end = cells->offsets[cell + 1];
	if (type == SC_CELL_POLYHEDRON) {
		return is_polyhedron_valid(cells, start, end);
	}
	const uint8_t *next = cells->table + SC_CELL_TYPE_BYTES * type;
	for (uint32_t rest = *next++; rest > 0; --rest) {
		for (uint32_t corners = *next++; corners > 0; --corners) {
			const uint8_t node = *next++;
			if (node >= end - start || cells->connectivity[start + node] >= cells->points) {
				return false;
			}
		}
	}
	return true;
}

// Checks the cells of a block, and counts its faces by their lowest vertex.
static void check_block(void *context, uint64_t begin, uint64_t end) {
	sc_outer_faces_s *faces = context;
	const sc_cells_s *cells = &faces->cells;
	range_s range = { UINT32_MAX, 0 };
	uint64_t invalid = 0;
	uint32_t counts[BUCKETS] = { 0 };
	for (uint64_t cell = begin; cell < end; ++cell) {
		if (!is_cell_valid(cells, cell)) {
			faces->invalid[cell / 64] |= (uint64_t)1 << cell % 64;
			++invalid;
			continue;
		}
		view_s view;
		for (uint32_t rest = first_face(cells, cell, &view); rest > 0; rest = next_face(&view, rest)) {
			const uint32_t lowest = lowest_vertex(&view);
			range.min = lowest < range.min ? lowest : range.min;
			range.max = lowest > range.max ? lowest : range.max;
			++counts[lowest >> faces->shift];
		}
	}
	faces->blocks[begin / BLOCK_CELLS] = range;
	if (range.min <= range.max) {
		for (uint32_t bucket = range.min >> faces->shift; bucket <= range.max >> faces->shift; ++bucket) {
			__atomic_fetch_add(&faces->histogram[bucket], counts[bucket], __ATOMIC_RELAXED);
		}
	}
	__atomic_fetch_add(&faces->invalid_cells, invalid, __ATOMIC_RELAXED);
}

static bool append(chunk_s *chunk, face_s face) {
	if (chunk->outer_count == chunk->outer_capacity) {
		const uint64_t capacity = chunk->outer_capacity == 0 ? 1024 : 2 * chunk->outer_capacity;
		face_s *larger = realloc(chunk->outer, capacity * sizeof(*larger));
		if (larger == NULL) {
			return false;
		}
		chunk->outer = larger;
		chunk->outer_capacity = capacity;
	}
	chunk->outer[chunk->outer_count++] = face;
	return true;
}

// Calls for the faces whose lowest vertex is in a chunk: counts them in `next`, or places them in `list`.
static void scan(const sc_outer_faces_s *faces, const chunk_s *chunk, uint32_t *next, face_s *list) {
	const sc_cells_s *cells = &faces->cells;
	for (uint64_t begin = 0; begin < cells->cells; begin += BLOCK_CELLS) {
		const range_s range = faces->blocks[begin / BLOCK_CELLS];
		if (range.min >= chunk->end || range.max < chunk->begin) {
			continue;
		}
		const uint64_t end = cells->cells - begin < BLOCK_CELLS ? cells->cells : begin + BLOCK_CELLS;
		for (uint64_t cell = begin; cell < end; ++cell) {
			if (is_invalid(faces, cell)) {
				continue;
			}
			view_s view;
			for (uint32_t rest = first_face(cells, cell, &view); rest > 0; rest = next_face(&view, rest)) {
				const uint32_t lowest = lowest_vertex(&view);
				// Unsigned: also false for vertices before the chunk.
				if (lowest - chunk->begin < chunk->end - chunk->begin) {
					const uint32_t slot = next[lowest - chunk->begin]++;
					if (list != NULL) {
						list[slot] = (face_s){ (uint32_t)cell, view.place };
					}
				}
			}
		}
	}
}

// Appends the outer faces of one vertex. `keys` has capacity for all faces of it.
static bool compare_faces(const sc_cells_s *cells, chunk_s *chunk, const face_s *list, uint64_t count, face_key_s *keys) {
	sc_face_keys_make(cells, list, count, keys);
	sc_face_keys_mark_shared(keys, count);
	for (uint64_t i = 0; i < count; ++i) {
		if (!keys[i].is_shared && !append(chunk, keys[i].face)) {
			return false;
		}
	}
	return true;
}

// `next` has a zero for each vertex of the chunk and one more.
static bool find_in_chunk(const sc_outer_faces_s *faces, chunk_s *chunk, uint32_t *next, face_s *list) {
	scan(faces, chunk, next + 1, NULL);
	uint32_t most = 0;
	for (uint32_t vertex = 1; vertex <= chunk->end - chunk->begin; ++vertex) {
		most = next[vertex] > most ? next[vertex] : most;
		next[vertex] += next[vertex - 1];
	}
	scan(faces, chunk, next, list);
	face_key_s *keys = malloc((most + (size_t)1) * sizeof(*keys));
	if (keys == NULL) {
		return false;
	}
	bool is_ok = true;
	uint32_t begin = 0;
	// The scan has moved the start of each vertex to its end.
	for (uint32_t vertex = 0; is_ok && vertex < chunk->end - chunk->begin; ++vertex) {
		is_ok = compare_faces(&faces->cells, chunk, list + begin, next[vertex] - begin, keys);
		begin = next[vertex];
	}
	free(keys);
	return is_ok;
}

static void find_range(void *context, uint64_t begin, uint64_t end) {
	sc_outer_faces_s *faces = context;
	for (uint64_t index = begin; index < end; ++index) {
		chunk_s *chunk = &faces->chunks[index];
		uint32_t *next = calloc((size_t)(chunk->end - chunk->begin) + 1, sizeof(*next));
		face_s *list = malloc((chunk->faces + 1) * sizeof(*list));
		if (next == NULL || list == NULL || chunk->faces > UINT32_MAX || !find_in_chunk(faces, chunk, next, list)) {
			__atomic_store_n(&faces->has_failed, 1, __ATOMIC_RELAXED);
		}
		free(next);
		free(list);
	}
}

static void divide(sc_outer_faces_s *faces) {
	const uint64_t points = faces->cells.points;
	chunk_s chunk = { 0 };
	for (uint32_t bucket = 0; bucket < BUCKETS; ++bucket) {
		const uint64_t end = ((uint64_t)bucket + 1) << faces->shift;
		if (chunk.faces > 0 && chunk.faces + faces->histogram[bucket] > CHUNK_FACES) {
			faces->chunks[faces->chunk_count++] = chunk;
			chunk = (chunk_s){ .begin = chunk.end };
		}
		chunk.end = (uint32_t)(end < points ? end : points);
		chunk.faces += faces->histogram[bucket];
	}
	if (chunk.faces > 0) {
		faces->chunks[faces->chunk_count++] = chunk;
	}
}

static int find_all(sc_outer_faces_s *faces) {
	const uint64_t cells = faces->cells.cells;
	faces->invalid = calloc(cells / 64 + 1, sizeof(*faces->invalid));
	faces->blocks = malloc((cells / BLOCK_CELLS + 1) * sizeof(*faces->blocks));
	faces->chunks = calloc(BUCKETS, sizeof(*faces->chunks));
	if (faces->invalid == NULL || faces->blocks == NULL || faces->chunks == NULL) {
		return sc_fail(SC_E_SYSTEM, "no memory for the faces of %llu cells", (unsigned long long)cells);
	}
	while (faces->cells.points > (uint64_t)BUCKETS << faces->shift) {
		++faces->shift;
	}
	sc_parallel_for(cells, BLOCK_CELLS, check_block, faces);
	divide(faces);
	sc_parallel_for(faces->chunk_count, 1, find_range, faces);
	if (faces->has_failed) {
		return sc_fail(SC_E_SYSTEM, "no memory for the faces of %llu cells", (unsigned long long)cells);
	}
	for (uint64_t index = 0; index < faces->chunk_count; ++index) {
		faces->count += faces->chunks[index].outer_count;
	}
	return SC_OK;
}

static int check_arguments(const sc_cells_s *cells) {
	if (cells->cells >= UINT32_MAX || cells->connectivity_length >= UINT32_MAX || cells->points >= UINT32_MAX) {
		return sc_fail(SC_E_INVALID, "%llu cells are too many", (unsigned long long)cells->cells);
	}
	for (uint64_t cell = 0; cell < cells->cells; ++cell) {
		if (cells->offsets[cell] > cells->offsets[cell + 1]) {
			return sc_fail(SC_E_CORRUPT, "the offsets of cells do not ascend");
		}
	}
	if (cells->cells > 0 && cells->offsets[cells->cells] > cells->connectivity_length) {
		return sc_fail(SC_E_CORRUPT, "the offsets of cells exceed the connectivity");
	}
	for (uint32_t type = 0; type < 256; ++type) {
		const uint8_t *entry = cells->table + SC_CELL_TYPE_BYTES * type;
		uint32_t next = 1;
		for (uint32_t rest = entry[0]; rest > 0 && next < SC_CELL_TYPE_BYTES; --rest) {
			next = entry[next] == 0 ? SC_CELL_TYPE_BYTES + 1 : next + 1 + entry[next];
		}
		if (next > SC_CELL_TYPE_BYTES) {
			return sc_fail(SC_E_INVALID, "the faces of cell type %u do not fit into the table", type);
		}
	}
	return SC_OK;
}

sc_outer_faces_s *sc_outer_faces_create(const uint32_t *connectivity, uint64_t connectivity_length, const uint32_t *offsets,
	const uint8_t *types, uint64_t cells, uint64_t points, const uint8_t *table) {
	const sc_cells_s input = { connectivity, connectivity_length, offsets, types, cells, points, table };
	if (check_arguments(&input) < 0) {
		return NULL;
	}
	sc_outer_faces_s *faces = calloc(1, sizeof(*faces));
	if (faces == NULL) {
		sc_fail(SC_E_SYSTEM, "no memory for the faces of %llu cells", (unsigned long long)cells);
		return NULL;
	}
	faces->cells = input;
	if (find_all(faces) < 0) {
		sc_outer_faces_destroy(faces);
		return NULL;
	}
	return faces;
}

uint64_t sc_outer_faces_count(const sc_outer_faces_s *faces) {
	return faces->count;
}

uint64_t sc_outer_faces_invalid_cells(const sc_outer_faces_s *faces) {
	return faces->invalid_cells;
}

static uint32_t number_of(const sc_cells_s *cells, face_s face) {
	if (cells->types[face.cell] == SC_CELL_POLYHEDRON) {
		return face.place;
	}
	uint32_t number = 0;
	for (uint32_t place = 1; place < face.place; place += 1 + view_face(cells, face.cell, place).corners) {
		++number;
	}
	return number;
}

int sc_outer_faces_copy(const sc_outer_faces_s *faces, uint32_t *cells, uint32_t *numbers, uint64_t count) {
	if (count != faces->count) {
		return sc_fail(SC_E_INVALID, "there are %llu outer faces", (unsigned long long)faces->count);
	}
	uint64_t next = 0;
	for (uint64_t index = 0; index < faces->chunk_count; ++index) {
		const chunk_s *chunk = &faces->chunks[index];
		for (uint64_t i = 0; i < chunk->outer_count; ++i, ++next) {
			cells[next] = chunk->outer[i].cell;
			numbers[next] = number_of(&faces->cells, chunk->outer[i]);
		}
	}
	return SC_OK;
}

void sc_outer_faces_destroy(sc_outer_faces_s *faces) {
	if (faces == NULL) {
		return;
	}
	for (uint64_t index = 0; faces->chunks != NULL && index < faces->chunk_count; ++index) {
		free(faces->chunks[index].outer);
	}
	free(faces->invalid);
	free(faces->blocks);
	free(faces->chunks);
	free(faces);
}
