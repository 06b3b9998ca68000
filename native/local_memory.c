#include "local_memory.h"

#include <string.h>

#include "error.h"

sc_shm_s *sc_local_create(void *address, uint64_t size) {
	sc_shm_s *memory = calloc(1, sizeof(*memory));
	if (memory == NULL || address == NULL) {
		free(memory);
		sc_fail(SC_E_SYSTEM, "no memory for a segment");
		return NULL;
	}
	memory->fd = -1;
	memory->address = address;
	memory->size = size;
	strcpy(memory->name, "a SharedArrayBuffer");
	return memory;
}

void sc_local_destroy(sc_shm_s *memory) { free(memory); }
