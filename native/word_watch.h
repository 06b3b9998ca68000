// A thread that raises a signal when a 32-bit word of a segment changes.
//
// It has its own mapping of the word's page and its own descriptor for reading it (pread): it outlives the segment's handle, and
// if another process truncates the segment, the result is a short read and not SIGBUS.
//
// Local memory (local_memory.h) is read directly: JavaScript references it while the watch is open, and a watch that is open when
// its JavaScript thread ends (a terminated Worker) is destroyed before that thread's memory.
#pragma once

#include <pthread.h>
#include <stdbool.h>

#include "shm.h"
#include "signal.h"

enum {
	SC_WATCH_FUTEX = 0, // sleeps until sc_word_wake
	SC_WATCH_POLL = 1,  // polls every millisecond, less often while nothing changes
};

typedef struct {
	sc_signal_s *signal;
	int fd;          // -1: local memory
	int mode;
	uint64_t offset;
	void *page;
	size_t page_size;
	uint32_t *word;
	uint32_t value;  // newest value, published
	uint32_t taken;  // last value returned by sc_watch_take
	uint32_t stopping;
	uint32_t stopped;
	pthread_t thread;
} sc_watch_s;

SC_EXPORT sc_watch_s *sc_watch_create(sc_shm_s *shm, uint64_t offset, int mode, sc_signal_s *signal);
SC_EXPORT void sc_watch_destroy(sc_watch_s *watch);

// Returns 1 if the word changed since the last call, 0 otherwise; *value is its newest value.
SC_EXPORT int sc_watch_take(sc_watch_s *watch, uint32_t *value);

// Adds 1 to the word and wakes every watcher of it, in all processes. Returns SC_OK or an error.
SC_EXPORT int sc_word_wake(sc_shm_s *shm, uint64_t offset);
