#define _GNU_SOURCE
#include "word_watch.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/futex.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "clock.h"
#include "error.h"
#include "js_thread.h"
#include "local_memory.h"
#include "thread.h"

// Nanoseconds per millisecond.
#define MS 1000000L
// Polling intervals. The first frame after a pause is delayed by up to one interval; 10 ms is not noticeable.
#define POLL_BUSY_NS (1 * MS)
#define POLL_QUIET_NS (4 * MS)
#define POLL_IDLE_NS (10 * MS)
#define QUIET_AFTER_NS (250 * MS)
#define IDLE_AFTER_NS (2000 * MS)
// Limits the wait if a writer changes the word and dies before waking its watchers.
#define FUTEX_TIMEOUT_NS (1000 * MS)
#define STOP_RETRY_NS 20000L

static void futex_wake(uint32_t *word) { syscall(SYS_futex, word, FUTEX_WAKE, INT_MAX, NULL, NULL, 0); }

// Returns false if the word cannot be waited on.
static bool futex_wait(uint32_t *word, uint32_t value, long nanoseconds) {
	const struct timespec timeout = { nanoseconds / SC_NS_PER_SECOND, nanoseconds % SC_NS_PER_SECOND };
	return syscall(SYS_futex, word, FUTEX_WAIT, value, &timeout, NULL, 0) == 0
		|| errno == EAGAIN || errno == EINTR || errno == ETIMEDOUT;
}

// Waits on the stop flag, so that a polling thread also ends immediately.
static void pause_watch(sc_watch_s *watch, long nanoseconds) { futex_wait(&watch->stopping, 0, nanoseconds); }

static bool read_word(const sc_watch_s *watch, uint32_t *value) {
	if (watch->fd < 0) {
		*value = __atomic_load_n(watch->word, __ATOMIC_ACQUIRE);
		return true;
	}
	return pread(watch->fd, value, sizeof(*value), (off_t)watch->offset) == (ssize_t)sizeof(*value);
}

static long poll_period(int64_t quiet) {
	return quiet < QUIET_AFTER_NS ? POLL_BUSY_NS : quiet < IDLE_AFTER_NS ? POLL_QUIET_NS : POLL_IDLE_NS;
}

static void *run_watch(void *argument) {
	sc_watch_s *watch = argument;
	uint32_t last = watch->value;
	int64_t changed_at = sc_now_ns();
	while (!__atomic_load_n(&watch->stopping, __ATOMIC_ACQUIRE)) {
		uint32_t value = last;
		if (read_word(watch, &value) && value != last) {
			last = value;
			changed_at = watch->mode == SC_WATCH_POLL ? sc_now_ns() : 0;
			__atomic_store_n(&watch->value, value, __ATOMIC_RELEASE);
			sc_signal_raise(watch->signal);
		}
		if (watch->mode == SC_WATCH_POLL) {
			pause_watch(watch, poll_period(sc_now_ns() - changed_at));
		} else if (!futex_wait(watch->word, last, FUTEX_TIMEOUT_NS)) {
			pause_watch(watch, POLL_IDLE_NS); // the page was truncated: the wait would always fail immediately
		}
	}
	__atomic_store_n(&watch->stopped, 1, __ATOMIC_RELEASE);
	futex_wake(&watch->stopped);
	return NULL;
}

static void free_watch(sc_watch_s *watch) {
	if (watch->page != NULL) {
		munmap(watch->page, watch->page_size);
	}
	if (watch->fd >= 0) {
		close(watch->fd);
	}
	free(watch);
}

static int check_word(const sc_shm_s *shm, uint64_t offset) {
	if (offset % sizeof(uint32_t) != 0 || offset > shm->size || shm->size - offset < sizeof(uint32_t)) {
		return sc_fail(SC_E_INVALID, "%s%s: has no 32-bit word at byte %llu", SC_SEGMENT_NAME(shm),
			(unsigned long long)offset);
	}
	return SC_OK;
}

// Opens the watch's own descriptor and maps the word's page.
static int open_page(sc_watch_s *watch, const sc_shm_s *shm) {
	watch->fd = fcntl(shm->fd, F_DUPFD_CLOEXEC, 0);
	if (watch->fd < 0) {
		return sc_fail_errno("%s%s: cannot watch", SC_SEGMENT_NAME(shm));
	}
	watch->page_size = (size_t)sysconf(_SC_PAGESIZE);
	const uint64_t page_offset = watch->offset / watch->page_size * watch->page_size;
	void *page = mmap(NULL, watch->page_size, PROT_READ, MAP_SHARED, watch->fd, (off_t)page_offset);
	if (page == MAP_FAILED) {
		return sc_fail_errno("%s%s: cannot map a page", SC_SEGMENT_NAME(shm));
	}
	watch->page = page;
	watch->word = (uint32_t *)((uint8_t *)page + (watch->offset - page_offset));
	return SC_OK;
}

static void end_watch(void *object) {
	sc_watch_s *watch = object;
	__atomic_store_n(&watch->stopping, 1, __ATOMIC_RELEASE);
	futex_wake(&watch->stopping);
	// In futex mode the thread may be between reading `stopping` and waiting, so that a single wake could be lost.
	while (watch->mode == SC_WATCH_FUTEX && !__atomic_load_n(&watch->stopped, __ATOMIC_ACQUIRE)) {
		futex_wake(watch->word);
		futex_wait(&watch->stopped, 0, STOP_RETRY_NS);
	}
	pthread_join(watch->thread, NULL);
	free_watch(watch);
}

sc_watch_s *sc_watch_create(sc_shm_s *shm, uint64_t offset, int mode, sc_signal_s *signal) {
	if (check_word(shm, offset) < 0) {
		return NULL;
	}
	if (signal == NULL || (mode != SC_WATCH_FUTEX && mode != SC_WATCH_POLL)) {
		sc_fail(SC_E_INVALID, "unknown watch mode %d", mode);
		return NULL;
	}
	sc_watch_s *watch = calloc(1, sizeof(*watch));
	if (watch == NULL) {
		sc_fail(SC_E_SYSTEM, "no memory for a watch");
		return NULL;
	}
	watch->signal = signal;
	watch->mode = mode;
	watch->offset = offset;
	watch->fd = -1;
	watch->word = (uint32_t *)((uint8_t *)shm->address + offset);
	if (!sc_is_local(shm) && open_page(watch, shm) < 0) {
		free_watch(watch);
		return NULL;
	}
	if (!read_word(watch, &watch->value)) {
		sc_fail(SC_E_TOO_SMALL, "%s%s: was truncated", SC_SEGMENT_NAME(shm));
		free_watch(watch);
		return NULL;
	}
	watch->taken = watch->value;
	if (sc_thread_start(&watch->thread, "sc-watch", run_watch, watch) != 0) {
		sc_fail_errno("cannot start a thread that watches a segment");
		free_watch(watch);
		return NULL;
	}
	sc_js_thread_at_end(end_watch, watch);
	return watch;
}

void sc_watch_destroy(sc_watch_s *watch) {
	sc_js_thread_forget(end_watch, watch);
	end_watch(watch);
}

int sc_watch_take(sc_watch_s *watch, uint32_t *value) {
	*value = __atomic_load_n(&watch->value, __ATOMIC_ACQUIRE);
	const int changed = *value != watch->taken;
	watch->taken = *value;
	return changed;
}

int sc_word_wake(sc_shm_s *shm, uint64_t offset) {
	if (check_word(shm, offset) < 0) {
		return sc_error_code();
	}
	if (shm->read_only) {
		return sc_fail(SC_E_INVALID, "%s%s: is attached read-only", SC_SEGMENT_NAME(shm));
	}
	uint32_t *word = (uint32_t *)((uint8_t *)shm->address + offset);
	__atomic_add_fetch(word, 1, __ATOMIC_SEQ_CST);
	futex_wake(word);
	return SC_OK;
}
