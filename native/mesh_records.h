// Indexing of the triangles in the records of a file, such as binary STL, while they are read.
#pragma once

#include "scenecast.h"

// Size of the cache of recently read positions: 1 MiB, to fit into the processor's cache.
#define SC_RECORDS_CACHE_BYTES (1 << 20)

// Appends the triangles of records to an indexed mesh. A position that is among the recently read ones is not appended again: of a closed
// surface in the usual order, one of six corners is appended, that is, each position once. sc_mesh_weld_indexed removes the duplicates of
// other orders.
//
// `bytes`: starts with the first record, whose three positions of three float32 each are at `offset`; `stride`: bytes from one record to
// the next. `cache`: SC_RECORDS_CACHE_BYTES bytes, aligned to 16, zero before the first call. `coordinates`: of `capacity` vertices, of
// which `vertices` are used; room for three vertices per record is required. `indices`: receives three for each record.
//
// Returns the number of used vertices.
SC_EXPORT int64_t sc_records_index(const uint8_t *bytes, uint64_t size, uint64_t records, uint64_t offset, uint64_t stride, void *cache,
	float *coordinates, uint64_t vertices, uint64_t capacity, uint32_t *indices, uint64_t indices_length);
