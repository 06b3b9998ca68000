#define _GNU_SOURCE
#include "shm.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "error.h"
#include "fault_guard.h"

#define PATH_SIZE (sizeof(SC_SHM_DIRECTORY) + 1 + SC_SHM_MAX_NAME + 1)
#define CREATE_TRIES 16

static pthread_mutex_t created_mutex = PTHREAD_MUTEX_INITIALIZER;
static sc_shm_s *created;

static void add_created(sc_shm_s *shm) {
	pthread_mutex_lock(&created_mutex);
	shm->next = created;
	created = shm;
	pthread_mutex_unlock(&created_mutex);
}

static void remove_created(const sc_shm_s *shm) {
	pthread_mutex_lock(&created_mutex);
	for (sc_shm_s **place = &created; *place != NULL; place = &(*place)->next) {
		if (*place == shm) {
			*place = shm->next;
			break;
		}
	}
	pthread_mutex_unlock(&created_mutex);
}

void sc_shm_unlink_created(void) {
	pthread_mutex_lock(&created_mutex);
	for (sc_shm_s *shm = created; shm != NULL; shm = shm->next) {
		sc_shm_unlink(shm);
	}
	pthread_mutex_unlock(&created_mutex);
}

static bool name_is_valid(const char *name) {
	const size_t length = strnlen(name, SC_SHM_MAX_NAME + 1);
	return length > 0 && length <= SC_SHM_MAX_NAME && strchr(name, '/') == NULL && name[0] != '.';
}

static void format_path(char *path, const char *name) {
	snprintf(path, PATH_SIZE, "%s/%s", SC_SHM_DIRECTORY, name);
}

// glibc's stat and fstat are symbols of 2.33. On 64-bit Linux, struct stat is the kernel's.
static int fstat_syscall(int fd, struct stat *status) { return (int)syscall(SYS_fstat, fd, status); }
static int stat_syscall(const char *path, struct stat *status) {
	return (int)syscall(SYS_newfstatat, AT_FDCWD, path, status, 0);
}

static int flock_retrying(int fd, int operation) {
	int result;
	do {
		result = flock(fd, operation);
	} while (result < 0 && errno == EINTR);
	return result;
}

static int protection_of(bool read_only) { return read_only ? PROT_READ : PROT_READ | PROT_WRITE; }

static sc_shm_s *map_segment(int fd, const char *name, size_t size, bool creator, bool read_only) {
	sc_shm_s *shm = calloc(1, sizeof(*shm));
	if (shm == NULL) {
		sc_fail(SC_E_SYSTEM, "no memory for a handle");
		return NULL;
	}
	const int protection = protection_of(read_only);
	shm->address = mmap(NULL, size, protection, MAP_SHARED, fd, 0);
	if (shm->address == MAP_FAILED) {
		sc_fail_errno("%s/%s: cannot map %zu bytes", SC_SHM_DIRECTORY, name, size);
		free(shm);
		return NULL;
	}
	shm->fd = fd;
	shm->size = size;
	shm->creator = creator;
	shm->read_only = read_only;
	shm->references = 1;
	snprintf(shm->name, sizeof(shm->name), "%s", name);
	shm->guard = sc_fault_guard_add(shm->address, size, protection);
	return shm;
}

sc_shm_s *sc_shm_create(const char *prefix, uint64_t size) {
	if (prefix == NULL || !name_is_valid(prefix) || strlen(prefix) + 8 > SC_SHM_MAX_NAME) {
		sc_fail(SC_E_INVALID, "a segment's prefix must be 1 to %d characters without '/'", SC_SHM_MAX_NAME - 8);
		return NULL;
	}
	if (size == 0 || size > SC_SHM_MAX_SIZE) {
		sc_fail(SC_E_INVALID, "a segment cannot have %llu bytes", (unsigned long long)size);
		return NULL;
	}
	char name[SC_SHM_MAX_NAME + 1];
	char path[PATH_SIZE];
	int fd = -1;
	for (int tries = 0; fd < 0 && tries < CREATE_TRIES; ++tries) {
		uint32_t number;
		if (getrandom(&number, sizeof(number), 0) != sizeof(number)) {
			sc_fail_errno("no random number");
			return NULL;
		}
		snprintf(name, sizeof(name), "%s%08x", prefix, number);
		format_path(path, name);
		fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
		if (fd < 0 && errno != EEXIST) {
			break;
		}
	}
	if (fd < 0) {
		sc_fail_errno("%s: cannot create a segment", SC_SHM_DIRECTORY);
		return NULL;
	}
	// Locked before it has a size: a sweep removes a segment with a size and without a lock.
	sc_shm_s *shm = NULL;
	if (flock_retrying(fd, LOCK_SH) < 0) {
		sc_fail_errno("%s: cannot lock", path);
	} else if (ftruncate(fd, (off_t)size) < 0) {
		sc_fail_errno("%s: cannot set its size to %llu bytes", path, (unsigned long long)size);
	} else {
		shm = map_segment(fd, name, (size_t)size, true, false);
	}
	if (shm == NULL) {
		unlink(path);
		close(fd);
		return NULL;
	}
	add_created(shm);
	return shm;
}

sc_shm_s *sc_shm_attach(const char *name, uint64_t min_size, int read_only) {
	if (name == NULL || !name_is_valid(name)) {
		sc_fail(SC_E_INVALID, "a segment's name must be 1 to %d characters without '/'", SC_SHM_MAX_NAME);
		return NULL;
	}
	char path[PATH_SIZE];
	format_path(path, name);
	const int fd = open(path, (read_only ? O_RDONLY : O_RDWR) | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0) {
		sc_fail_errno("%s: cannot open", path);
		return NULL;
	}
	struct stat status;
	sc_shm_s *shm = NULL;
	if (fstat_syscall(fd, &status) < 0) {
		sc_fail_errno("%s: cannot read its size", path);
	} else if (!S_ISREG(status.st_mode)) {
		sc_fail(SC_E_CORRUPT, "%s: is not a shared memory segment", path);
	} else if (status.st_size <= 0 || (uint64_t)status.st_size < min_size) {
		sc_fail(SC_E_TOO_SMALL, "%s: has %lld bytes, but at least %llu are required", path,
			(long long)status.st_size, (unsigned long long)(min_size > 0 ? min_size : 1));
	} else if ((uint64_t)status.st_size > SC_SHM_MAX_SIZE) {
		sc_fail(SC_E_INVALID, "%s: has %lld bytes, more than can be mapped", path, (long long)status.st_size);
	} else {
		shm = map_segment(fd, name, (size_t)status.st_size, false, read_only != 0);
	}
	if (shm == NULL) {
		close(fd);
	}
	return shm;
}

void *sc_shm_address(const sc_shm_s *shm) { return shm->address; }
uint64_t sc_shm_size(const sc_shm_s *shm) { return shm->size; }
const char *sc_shm_name(const sc_shm_s *shm) { return shm->name; }

int sc_shm_reserve(sc_shm_s *shm, uint64_t bytes) {
	if (bytes > shm->size) {
		return sc_fail(SC_E_INVALID, "%s/%s: has %zu bytes, %llu cannot be reserved", SC_SHM_DIRECTORY, shm->name,
			shm->size, (unsigned long long)bytes);
	}
	if (bytes == 0) {
		return SC_OK;
	}
	int error;
	do {
		error = posix_fallocate(shm->fd, 0, (off_t)bytes);
	} while (error == EINTR);
	if (error != 0) {
		errno = error;
		return sc_fail_errno("%s/%s: cannot reserve %llu bytes", SC_SHM_DIRECTORY, shm->name, (unsigned long long)bytes);
	}
	return SC_OK;
}

int sc_shm_is_current(const sc_shm_s *shm) {
	struct stat status;
	if (shm->fd < 0 || fstat_syscall(shm->fd, &status) < 0 || status.st_size < (off_t)shm->size) {
		return 0;
	}
	return !sc_fault_guard_take_truncated(shm->guard)
		|| mmap(shm->address, shm->size, protection_of(shm->read_only), MAP_SHARED | MAP_FIXED, shm->fd, 0) != MAP_FAILED;
}

static bool try_lock(int fd) {
	if (flock_retrying(fd, LOCK_EX | LOCK_NB) < 0) {
		return false;
	}
	flock_retrying(fd, LOCK_UN);
	return true;
}

// Whether the kernel grants a read lease, which it does only if no process in any namespace has the file open or mapped for
// writing. Two system calls of 1 us each; reading /proc/*/maps would take milliseconds and miss a producer in another container. A
// living producer is not affected, since no lease is granted; a process that opens an abandoned segment for writing in the
// microsecond between the calls waits for the second one.
static bool try_lease(int fd) {
	// Signal for an open that breaks the lease: SIGIO, the default, would end this process; SIGURG is ignored.
	if (fcntl(fd, F_SETSIG, SIGURG) < 0 || fcntl(fd, F_SETLEASE, F_RDLCK) < 0) {
		return false;
	}
	fcntl(fd, F_SETLEASE, F_UNLCK);
	return true;
}

int sc_shm_is_abandoned(const sc_shm_s *shm) {
	if (shm->creator || shm->fd < 0) {
		return 0;
	}
	if (strncmp(shm->name, SC_SHM_PREFIX, sizeof(SC_SHM_PREFIX) - 1) == 0) {
		return try_lock(shm->fd);
	}
	// Attached read-write, this process itself can write.
	return shm->read_only && try_lease(shm->fd);
}

int sc_shm_unlink(sc_shm_s *shm) {
	char path[PATH_SIZE];
	format_path(path, shm->name);
	struct stat ours;
	struct stat theirs;
	if (stat_syscall(path, &theirs) < 0) {
		return errno == ENOENT ? SC_OK : sc_fail_errno("%s: cannot unlink", path);
	}
	if (fstat_syscall(shm->fd, &ours) < 0) {
		return sc_fail_errno("%s: cannot unlink", path);
	}
	if (ours.st_ino != theirs.st_ino || ours.st_dev != theirs.st_dev) {
		return SC_OK;
	}
	if (unlink(path) < 0 && errno != ENOENT) {
		return sc_fail_errno("%s: cannot unlink", path);
	}
	return SC_OK;
}

static void release(sc_shm_s *shm) {
	// The garbage collector releases views, possibly on its own thread.
	if (__atomic_sub_fetch(&shm->references, 1, __ATOMIC_ACQ_REL) == 0) {
		sc_fault_guard_remove(shm->guard);
		munmap(shm->address, shm->size);
		free(shm);
	}
}

void sc_shm_retain_view(sc_shm_s *shm) { __atomic_add_fetch(&shm->references, 1, __ATOMIC_RELAXED); }

static void release_view(void *bytes, void *shm) {
	(void)bytes;
	release(shm);
}

void *sc_shm_view_deallocator(void) {
	void (*function)(void *, void *) = release_view;
	void *address;
	memcpy(&address, &function, sizeof(address));
	return address;
}

void sc_shm_close(sc_shm_s *shm) {
	SC_ASSERT(shm->fd >= 0);
	if (shm->creator) {
		remove_created(shm);
		// A mapping that still has views keeps the open file, and with it the lock, alive.
		flock_retrying(shm->fd, LOCK_UN);
	}
	close(shm->fd);
	shm->fd = -1;
	release(shm);
}

// Returns whether the segment was unlinked.
static bool sweep_one(const char *name) {
	char path[PATH_SIZE];
	format_path(path, name);
	const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0) {
		return false; // already removed, or another user's
	}
	bool removed = false;
	struct stat status;
	if (flock_retrying(fd, LOCK_EX | LOCK_NB) == 0 && fstat_syscall(fd, &status) == 0 && S_ISREG(status.st_mode)) {
		const bool in_creation = status.st_size == 0 && time(NULL) - status.st_ctime < SC_SHM_CREATION_GRACE_SECONDS;
		removed = !in_creation && unlink(path) == 0;
	}
	close(fd);
	return removed;
}

int sc_shm_sweep(char *names, uint64_t capacity) {
	DIR *directory = opendir(SC_SHM_DIRECTORY);
	if (directory == NULL) {
		return sc_fail_errno("%s: cannot list", SC_SHM_DIRECTORY);
	}
	int removed = 0;
	size_t used = 0;
	for (const struct dirent *entry = readdir(directory); entry != NULL; entry = readdir(directory)) {
		if (strncmp(entry->d_name, SC_SHM_PREFIX, sizeof(SC_SHM_PREFIX) - 1) != 0
			|| !name_is_valid(entry->d_name) || !sweep_one(entry->d_name)) {
			continue;
		}
		++removed;
		const size_t length = strlen(entry->d_name);
		if (used + length + 2 <= capacity) {
			memcpy(names + used, entry->d_name, length);
			names[used + length] = '\n';
			used += length + 1;
		}
	}
	closedir(directory);
	if (used < capacity) {
		names[used] = '\0';
	}
	return removed;
}
