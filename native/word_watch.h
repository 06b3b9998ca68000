// A thread that tells when a 32-bit word of a segment has changed.
//
// It maps the word's page and reads it through the descriptor (pread), both of its own: it outlives the segment's
// handle, and a segment that another process truncates gives a short read, not SIGBUS.
//
// Local memory (local_memory.h) it reads as it is: JavaScript holds it while the watch is open, and a watch that is open
// when its JavaScript thread ends (a Worker is terminated) is destroyed before that thread's memory goes.
#pragma once

#include <pthread.h>
#include <stdbool.h>

#include "shm.h"
#include "signal.h"

enum {
	SC_WATCH_FUTEX = 0, // sleeps until sc_word_wake
	SC_WATCH_POLL = 1,  // looks every millisecond, more seldom when nothing changes
};

typedef struct {
	sc_signal_s *signal;
	int fd;          // -1: of local memory
	int mode;
	uint64_t offset;
	void *page;
	size_t page_size;
	uint32_t *word;
	uint32_t value;  // newest, published
	uint32_t taken;  // last one the owner saw
	uint32_t stopping;
	uint32_t stopped;
	pthread_t thread;
} sc_watch_s;

SC_EXPORT sc_watch_s *sc_watch_create(sc_shm_s *shm, uint64_t offset, int mode, sc_signal_s *signal);
SC_EXPORT void sc_watch_destroy(sc_watch_s *watch);

// 1 when the word changed since the last take, with its newest value in *value; else 0.
SC_EXPORT int sc_watch_take(sc_watch_s *watch, uint32_t *value);

// Adds 1 to the word and wakes every watcher of it, in all processes. Returns SC_OK or an error.
SC_EXPORT int sc_word_wake(sc_shm_s *shm, uint64_t offset);
