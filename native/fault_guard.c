#define _GNU_SOURCE
#include "fault_guard.h"

#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

// A server has about a dozen mappings, and more that wait for JavaScript's garbage collector.
#define SLOTS 1024
#define FREE 0
// Marks a slot that is being filled; no mapping has this address.
#define CLAIMED 1

typedef struct {
	uintptr_t address; // FREE, CLAIMED or the mapping's; written last
	size_t size;
	int protection;
	uint32_t truncated;
} slot_s;

static slot_s slots[SLOTS];
static uint32_t installed;
static struct sigaction previous;

// Async-signal-safe calls only. The slot cannot be removed meanwhile: the faulting thread is using its mapping.
static bool replace(uintptr_t fault) {
	for (int index = 0; index < SLOTS; ++index) {
		slot_s *slot = &slots[index];
		const uintptr_t address = __atomic_load_n(&slot->address, __ATOMIC_ACQUIRE);
		if (address <= CLAIMED || fault < address || fault - address >= slot->size) {
			continue;
		}
		// Set before the mapping is replaced, so that a reader of the zeros sees it.
		__atomic_store_n(&slot->truncated, 1, __ATOMIC_SEQ_CST);
		return mmap((void *)address, slot->size, slot->protection, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE,
			-1, 0) != MAP_FAILED;
	}
	return false;
}

static void handle(int signal, siginfo_t *info, void *context) {
	const int saved = errno;
	const bool replaced = info->si_code == BUS_ADRERR && replace((uintptr_t)info->si_addr);
	errno = saved;
	if (replaced) {
		return;
	}
	if (previous.sa_flags & SA_SIGINFO) {
		previous.sa_sigaction(signal, info, context);
	} else if (previous.sa_handler != SIG_DFL && previous.sa_handler != SIG_IGN) {
		previous.sa_handler(signal);
	} else {
		// The access is repeated and ends the process, as it would have without this handler.
		sigaction(SIGBUS, &(struct sigaction){ .sa_handler = SIG_DFL }, NULL);
	}
}

static void install(void) {
	if (__atomic_exchange_n(&installed, 1, __ATOMIC_SEQ_CST)) {
		return;
	}
	struct sigaction action = { .sa_sigaction = handle, .sa_flags = SA_SIGINFO | SA_ONSTACK };
	sigemptyset(&action.sa_mask);
	sigaction(SIGBUS, &action, &previous);
}

int sc_fault_guard_add(void *address, size_t size, int protection) {
	install();
	const size_t page = (size_t)sysconf(_SC_PAGESIZE);
	for (int index = 0; index < SLOTS; ++index) {
		slot_s *slot = &slots[index];
		uintptr_t expected = FREE;
		if (!__atomic_compare_exchange_n(&slot->address, &expected, CLAIMED, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)) {
			continue;
		}
		slot->size = (size + page - 1) / page * page;
		slot->protection = protection;
		slot->truncated = 0;
		__atomic_store_n(&slot->address, (uintptr_t)address, __ATOMIC_RELEASE);
		return index;
	}
	return -1;
}

bool sc_fault_guard_take_truncated(int slot) {
	return slot >= 0 && __atomic_exchange_n(&slots[slot].truncated, 0, __ATOMIC_SEQ_CST) != 0;
}

void sc_fault_guard_remove(int slot) {
	if (slot >= 0) {
		__atomic_store_n(&slots[slot].address, FREE, __ATOMIC_RELEASE);
	}
}
