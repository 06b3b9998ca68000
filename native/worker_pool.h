// A pool of threads that run jobs. Jobs are submitted by one thread, the JavaScript thread, and return to it in the order in which
// they finish. The types of jobs are in jpeg_job.h, vp8_job.h and png_job.h.
//
// Jobs have normal or low priority. A thread runs a band of a low-priority job only if there is no other, so that a normal job
// waits for one such band at most. Within a priority, jobs start in the order of submission.
//
// A job is cut into bands if more than one thread would otherwise be idle: every free thread then runs the next band of the
// oldest job, which finishes sooner. With jobs for all threads each is one band, which is less work in total.
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

#include "signal.h"

#define SC_POOL_MAX_THREADS 16
#define SC_POOL_SLOTS 32

typedef struct sc_worker_s sc_worker_s;
typedef struct sc_job_s sc_job_s;
typedef struct sc_pool_result_s sc_pool_result_s;

typedef enum { SC_JOB_WAITING, SC_JOB_RUNNING, SC_JOB_DONE } sc_job_state_e;

// Functions of one type of job.
typedef struct {
	// Number of bands if this number of threads is free, at least 1. Called once, before the first band. NULL: always 1.
	int (*count_bands)(sc_job_s *job, int threads);
	// Runs one band, on a thread of the pool; several at the same time. Negative codes as sc_fail sets them.
	int (*run)(sc_job_s *job, int band, sc_worker_s *worker);
	// Moves the output of a finished job into the result, on the JavaScript thread. Called once, also after a failure. NULL: no output.
	void (*finish)(sc_job_s *job, sc_pool_result_s *result);
	// Frees the job, and its output if that was not moved. Called once, on the JavaScript thread.
	void (*destroy)(sc_job_s *job);
} sc_job_type_s;

// The first member of every job. The submitter sets `type`, `id` and `low_priority`, the pool the rest.
struct sc_job_s {
	const sc_job_type_s *type;
	uint32_t id;
	bool low_priority;
	sc_job_state_e state;
	int bands;   // from when it runs
	int started; // bands that a thread has started, or that are dropped because another failed
	int running; // bands that a thread is running
	int result;  // error code of a band that failed, else SC_OK
	char message[256];
};

// An object that is destroyed with the pool at the latest, as first member of a larger struct.
typedef struct sc_pool_resource_s {
	struct sc_pool_resource_s *next;
	void (*destroy)(struct sc_pool_resource_s *resource);
} sc_pool_resource_s;

// Jobs with bands to start, a ring, oldest first.
typedef struct {
	sc_job_s *jobs[SC_POOL_SLOTS];
	uint32_t head;
	uint32_t count;
} sc_job_ring_s;

typedef struct {
	sc_signal_s *signal;
	pthread_mutex_t mutex;
	pthread_cond_t work;
	bool stopping;
	sc_job_s *jobs[SC_POOL_SLOTS]; // NULL: free
	int running_whole;             // running jobs of one band
	sc_job_ring_s normal;
	sc_job_ring_s low;
	sc_pool_resource_s *resources; // of the JavaScript thread
	int threads_count;
	pthread_t threads[SC_POOL_MAX_THREADS];
} sc_pool_s;

// Read by src/native/symbols.ts at these offsets.
struct sc_pool_result_s {
	uint32_t id;
	int32_t result;
	uint64_t output_size; // bytes
	uint64_t output;      // address, for the job type's function that takes it; 0 on error
	char message[256];
};

_Static_assert(offsetof(sc_pool_result_s, output) == 16 && offsetof(sc_pool_result_s, message) == 24
	&& sizeof(sc_pool_result_s) == 280, "POOL_RESULT in src/native/symbols.ts");

// `threads` 0: one per core, at most 4. NULL on error.
SC_EXPORT sc_pool_s *sc_pool_create(int threads, sc_signal_s *signal);

// Waits for running bands, drops the other jobs, joins the threads and destroys the resources.
SC_EXPORT void sc_pool_destroy(sc_pool_s *pool);

// Takes ownership of the job. On error it destroys the job: SC_E_FULL if no slot is free.
int sc_pool_submit(sc_pool_s *pool, sc_job_s *job);

// Returns 1 and the result of a finished job, or 0.
SC_EXPORT int sc_pool_take(sc_pool_s *pool, sc_pool_result_s *result);

void sc_pool_add_resource(sc_pool_s *pool, sc_pool_resource_s *resource);

// Removes a resource without destroying it.
void sc_pool_remove_resource(sc_pool_s *pool, sc_pool_resource_s *resource);

// State that a job type keeps per thread: `size` bytes, zeroed at the first call. `destroy` is called with it when the thread ends,
// and identifies it. NULL if there is no memory.
void *sc_worker_state(sc_worker_s *worker, size_t size, void (*destroy)(void *state));
