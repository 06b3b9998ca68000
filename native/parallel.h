// Parallel for: a loop over ranges on the CPUs of the process, which returns when all are done. For asynchronous jobs there is the
// worker pool (worker_pool.h), whose threads belong to the encoders.
#pragma once

#include "scenecast.h"

#define SC_PARALLEL_MAX_THREADS 8

// Number of CPUs that the process may use, 1 to SC_PARALLEL_MAX_THREADS, or the number set by sc_parallel_set_threads.
int sc_parallel_threads(void);

// Sets the number of threads of all later calls in the process, for tests. 0: one per CPU.
void sc_parallel_set_threads(int threads);

// Calls `run` for the ranges [0, grain), [grain, 2 grain) … up to `count`, on several threads and in no certain order. Returns when
// all are done. The ranges do not depend on the number of threads. If a thread cannot be started, the others do its work.
void sc_parallel_for(uint64_t count, uint64_t grain, void (*run)(void *context, uint64_t begin, uint64_t end), void *context);
