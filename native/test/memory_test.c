// Shared memory, copies, pixels and the stall guard, for AddressSanitizer and UndefinedBehaviorSanitizer.
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../error.h"
#include "../frame_copy.h"
#include "../frame_pack.h"
#include "../head_tail.h"
#include "../local_memory.h"
#include "../pixels.h"
#include "../shm.h"
#include "../stall_guard.h"
#include "check.h"
#include "random.h"

static void test_segment(void) {
	sc_shm_s *shm = sc_shm_create(SC_SHM_PREFIX, 4097);
	CHECK(shm != NULL && sc_shm_size(shm) == 4097);
	sc_shm_s *other = sc_shm_attach(sc_shm_name(shm), 4097, 1);
	CHECK(other != NULL);
	CHECK(sc_shm_attach(sc_shm_name(shm), 4098, 0) == NULL && sc_error_code() == SC_E_TOO_SMALL);
	((uint8_t *)sc_shm_address(shm))[4096] = 5;
	CHECK(((uint8_t *)sc_shm_address(other))[4096] == 5);
	CHECK(sc_shm_reserve(shm, 4097) == SC_OK);
	CHECK(sc_shm_reserve(shm, UINT64_MAX) == SC_E_INVALID);
	CHECK(sc_shm_unlink(shm) == SC_OK && sc_shm_unlink(shm) == SC_OK);
	sc_shm_retain_view(other);
	sc_shm_close(other);
	void (*release)(void *, void *);
	void *address = sc_shm_view_deallocator();
	memcpy(&release, &address, sizeof(release));
	release(NULL, other);
	sc_shm_close(shm);
}

// Frames of each order of the axes, mirrored, with gaps and repeated, in blocks without a byte to spare.
static void test_frame_pack(void) {
	for (int run = 0; run < 3000; ++run) {
		const int64_t size[3] = { 1 + random_below(run % 8 ? 70 : 9), 1 + random_below(run % 4 ? 150 : 9), 3 + random_below(2) };
		static const int ORDERS[6][3] = { { 0, 1, 2 }, { 1, 0, 2 }, { 2, 0, 1 }, { 2, 1, 0 }, { 0, 2, 1 }, { 1, 2, 0 } };
		const int *order = ORDERS[random_below(6)];
		int64_t stride[3], bytes = 1, start = 0;
		for (int i = 2; i >= 0; --i) {
			const int axis = order[i];
			const int repeated = random_below(8) == 0;
			const int64_t gap = 1 + random_below(3) / 2;
			stride[axis] = repeated ? 0 : bytes * gap;
			if (!repeated) bytes = stride[axis] * (size[axis] - 1) + bytes + random_below(2) * (i == 2);
			if (random_below(3) == 0) {
				start += stride[axis] * (size[axis] - 1);
				stride[axis] = -stride[axis];
			}
		}
		uint8_t *from = malloc((size_t)bytes);
		for (int64_t i = 0; i < bytes; ++i) from[i] = (uint8_t)random_below(256);
		const int64_t total = size[0] * size[1] * size[2];
		uint8_t *to = malloc((size_t)total);
		CHECK(sc_frame_pack(to, (uint64_t)total, from + start, size[0], size[1], size[2], stride[0], stride[1], stride[2]) == SC_OK);
		int64_t at = 0;
		for (int64_t y = 0; y < size[0]; ++y) {
			for (int64_t x = 0; x < size[1]; ++x) {
				for (int64_t c = 0; c < size[2]; ++c) CHECK(to[at++] == from[start + y * stride[0] + x * stride[1] + c * stride[2]]);
			}
		}
		CHECK(sc_frame_pack(to, (uint64_t)total - 1, from, size[0], size[1], size[2], 0, 0, 0) == SC_E_TOO_SMALL);
		free(to);
		free(from);
	}
	CHECK(sc_frame_pack(NULL, 0, NULL, 0, 1, 3, 0, 0, 0) == SC_E_INVALID && sc_frame_pack(NULL, 0, NULL, 1, 1, 2, 0, 0, 0) == SC_E_INVALID);
}

static void test_head_tail(void) {
	sc_shm_s *shm = sc_shm_create(SC_SHM_PREFIX, 12);
	CHECK(shm != NULL);
	int32_t local_words[3];
	sc_shm_s *local = sc_local_create(local_words, sizeof(local_words));
	CHECK(local != NULL);
	sc_shm_s *const memories[] = {shm, local};
	for (int index = 0; index < 2; ++index) {
		int32_t *words = sc_shm_address(memories[index]);
		memcpy(words, (int32_t[]){-1, -1, 77}, 12);
		CHECK(sc_head_tail_replace(memories[index], 1, -1, -1, 2, 3) == 0);
		CHECK(sc_head_tail_replace(memories[index], 77, 0, -1, 2, 3) == 0);
		CHECK(sc_head_tail_replace(memories[index], 77, -1, 0, 2, 3) == 0);
		CHECK(words[0] == -1 && words[1] == -1);
		CHECK(sc_head_tail_replace(memories[index], 77, -1, -1, 2, 3) == 1);
		CHECK(words[0] == 2 && words[1] == 3 && words[2] == 77);
	}
	sc_shm_s *small = sc_shm_create(SC_SHM_PREFIX, 11);
	CHECK(small != NULL && sc_head_tail_replace(small, 0, 0, 0, 0, 0) == SC_E_TOO_SMALL);
	sc_shm_s *const segments[] = {shm, small};
	for (int index = 0; index < 2; ++index) {
		sc_shm_unlink(segments[index]);
		sc_shm_close(segments[index]);
	}
	sc_local_destroy(local);
}

static void test_bad_arguments(void) {
	char name[SC_SHM_MAX_NAME + 50];
	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	CHECK(sc_shm_create(name, 1) == NULL && sc_shm_attach(name, 1, 0) == NULL);
	name[SC_SHM_MAX_NAME] = '\0';
	CHECK(sc_shm_attach(name, 1, 0) == NULL && sc_error_code() == SC_E_SYSTEM);
	CHECK(sc_shm_create(name, 1) == NULL && sc_error_code() == SC_E_INVALID);
	CHECK(sc_shm_create(NULL, 1) == NULL && sc_shm_attach(NULL, 1, 0) == NULL && sc_shm_attach("", 1, 0) == NULL);
	CHECK(sc_shm_create("x", 0) == NULL && sc_shm_create("x", UINT64_MAX) == NULL);
}

static void test_sweep(void) {
	int ends[2];
	CHECK(pipe(ends) == 0);
	const pid_t child = fork();
	CHECK(child >= 0);
	if (child == 0) {
		const sc_shm_s *shm = sc_shm_create(SC_SHM_PREFIX, 100);
		CHECK(shm != NULL && write(ends[1], shm->name, sizeof(shm->name)) == (ssize_t)sizeof(shm->name));
		pause();
	}
	char name[SC_SHM_MAX_NAME + 1];
	CHECK(read(ends[0], name, sizeof(name)) == (ssize_t)sizeof(name));
	sc_shm_s *ours = sc_shm_create(SC_SHM_PREFIX, 100);
	char small[4];
	CHECK(sc_shm_sweep(small, 0) >= 0 && sc_shm_sweep(small, sizeof(small)) >= 0);
	sc_shm_s *alive = sc_shm_attach(name, 100, 0);
	CHECK(alive != NULL);
	sc_shm_close(alive);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	CHECK(sc_shm_sweep(small, sizeof(small)) >= 0);
	CHECK(sc_shm_attach(name, 100, 0) == NULL);
	alive = sc_shm_attach(ours->name, 100, 0);
	CHECK(alive != NULL);
	sc_shm_close(alive);
	sc_shm_unlink(ours);
	sc_shm_close(ours);
	close(ends[0]);
	close(ends[1]);
}

// A file of another program under /dev/shm, as Python's SharedMemory makes one.
static int make_foreign(char *name, size_t capacity, off_t size) {
	snprintf(name, capacity, "sc-test-%d", getpid());
	char path[64];
	snprintf(path, sizeof(path), "/dev/shm/%s", name);
	const int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	CHECK(fd >= 0 && ftruncate(fd, size) == 0);
	return fd;
}

static void test_abandoned(void) {
	char name[32];
	const int fd = make_foreign(name, sizeof(name), 100);
	sc_shm_s *reader = sc_shm_attach(name, 100, 1);
	sc_shm_s *writer = sc_shm_attach(name, 100, 0);
	CHECK(sc_shm_is_abandoned(reader) == 0 && sc_shm_is_abandoned(writer) == 0);
	close(fd);
	CHECK(sc_shm_is_abandoned(reader) == 0);
	CHECK(sc_shm_unlink(writer) == SC_OK);
	CHECK(sc_shm_is_abandoned(reader) == 0);
	sc_shm_close(writer);
	CHECK(sc_shm_is_abandoned(reader) == 1 && sc_shm_is_abandoned(reader) == 1);
	sc_shm_close(reader);

	sc_shm_s *ours = sc_shm_create(SC_SHM_PREFIX, 100);
	reader = sc_shm_attach(ours->name, 100, 0);
	CHECK(sc_shm_is_abandoned(ours) == 0 && sc_shm_is_abandoned(reader) == 0);
	sc_shm_unlink(ours);
	sc_shm_close(ours);
	CHECK(sc_shm_is_abandoned(reader) == 1);
	sc_shm_close(reader);
}

static void test_truncation(void) {
	enum { SIZE = 3 * 4096 + 100 };
	char name[32];
	const int fd = make_foreign(name, sizeof(name), SIZE);
	sc_shm_s *shm = sc_shm_attach(name, SIZE, 0);
	volatile uint8_t *bytes = sc_shm_address(shm);
	bytes[SIZE - 1] = 7;
	CHECK(ftruncate(fd, 0) == 0);
	CHECK(bytes[SIZE - 1] == 0);
	bytes[0] = 9;
	CHECK(sc_shm_is_current(shm) == 0);
	CHECK(ftruncate(fd, SIZE) == 0);
	CHECK(sc_shm_is_current(shm) == 1);
	CHECK(bytes[0] == 0);
	bytes[5000] = 3;
	uint8_t byte = 0;
	CHECK(pread(fd, &byte, 1, 5000) == 1 && byte == 3);
	sc_shm_unlink(shm);
	sc_shm_close(shm);
	close(fd);
}

enum { FOREIGN_FAULT = 77 };

static void on_foreign_fault(int number) {
	(void)number;
	_exit(FOREIGN_FAULT);
}

// A fault outside the library's mappings is passed to the handler that was installed before.
static void test_foreign_fault(void) {
	const pid_t child = fork();
	CHECK(child >= 0);
	if (child == 0) {
		const int fd = memfd_create("sc-test", MFD_CLOEXEC);
		volatile uint8_t *mapped = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0);
		_exit(mapped[0]);
	}
	int status;
	CHECK(waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == FOREIGN_FAULT);
}

enum { SIZE = 3 * SC_COPY_CHUNK + 17, INFO_SIZE = 32 };

static void check_ranges(sc_shm_s *shm, sc_shm_s *info) {
	uint8_t *out = malloc(SIZE);
	CHECK(shm != NULL && info != NULL && out != NULL);
	memset(shm->address, 9, SIZE);
	memcpy(out, shm->address, SIZE);
	CHECK(sc_copy_sequenced(out, SIZE, shm, 1, SIZE, info, 28) == SC_E_INVALID);
	CHECK(sc_copy_sequenced(out, SIZE, shm, UINT64_MAX, 2, info, 28) == SC_E_INVALID);
	CHECK(sc_copy_sequenced(out, SIZE - 1, shm, 0, SIZE, info, 28) == SC_E_TOO_SMALL);
	CHECK(sc_copy_sequenced(out, SIZE, shm, 0, SIZE, info, 28) == SC_COPY_SAME);
	out[SIZE - 1] = 0;
	CHECK(sc_copy_sequenced(out, SIZE, shm, 0, SIZE, info, 28) == SC_COPY_WHOLE && out[SIZE - 1] == 9);
	CHECK(sc_copy_sequenced(out, SIZE, shm, 0, SIZE, info, 29) == SC_E_INVALID);
	CHECK(sc_copy_sequenced(out, SIZE, shm, 0, SIZE, info, UINT64_MAX - 3) == SC_E_INVALID);
	// Two buffers of which number 0 is the current one.
	CHECK(sc_copy_indexed(out, SIZE, shm, 0, SIZE, info, 12, 16, 0, 2) == SC_COPY_SAME);
	CHECK(sc_copy_indexed(out, SIZE, shm, 0, SIZE, info, 12, 16, 1, 2) == SC_E_CHANGED);
	out[SIZE - 1] = 0;
	CHECK(sc_copy_indexed(out, SIZE, shm, 0, SIZE, info, 12, 16, 0, 1) == SC_COPY_UNPROVEN && out[SIZE - 1] == 9);
	out[0] = 0;
	CHECK(sc_copy_indexed(out, SIZE, shm, 0, SIZE, info, 12, 16, 0, UINT32_MAX) == SC_COPY_WHOLE && out[0] == 9);
	CHECK(sc_copy_indexed(out, SIZE, shm, 0, SIZE, info, 12, 25, 0, 2) == SC_E_INVALID);
	CHECK(sc_copy_indexed(out, SIZE, shm, SIZE, 0, info, 12, 16, 0, 2) == SC_COPY_SAME);
	free(out);
}

static void test_ranges(void) {
	sc_shm_s *shm = sc_shm_create(SC_SHM_PREFIX, SIZE);
	sc_shm_s *info = sc_shm_create(SC_SHM_PREFIX, INFO_SIZE);
	check_ranges(shm, info);
	sc_shm_unlink(shm);
	sc_shm_unlink(info);
	sc_shm_close(shm);
	sc_shm_close(info);
}

static void test_local_ranges(void) {
	// Blocks of their exact size, so that the sanitizer detects an access beyond them.
	uint8_t *image = malloc(SIZE);
	uint8_t *info_words = calloc(1, INFO_SIZE);
	CHECK(sc_local_create(NULL, 1) == NULL);
	sc_shm_s *local = sc_local_create(image, SIZE);
	sc_shm_s *info = sc_local_create(info_words, INFO_SIZE);
	check_ranges(local, info);
	sc_local_destroy(local);
	sc_local_destroy(info);
	free(image);
	free(info_words);
}

static void test_pixels(void) {
	for (uint32_t width = 0; width < 70; ++width) {
		uint8_t *rgba = calloc(width * 3 + 1, 4);
		uint8_t *rgb = malloc((size_t)width * 3 * 3 + 1);
		for (uint32_t index = 0; index < width * 12; ++index) {
			rgba[index] = (uint8_t)(index * 7);
		}
		// The exact sizes, so that the sanitizer detects an access beyond them.
		CHECK(sc_pixels_pack_rgb(rgb, width * 9, rgba, width * 12, width, 3) == SC_OK);
		for (uint32_t pixel = 0; pixel < width * 3; ++pixel) {
			CHECK(memcmp(rgb + pixel * 3, rgba + pixel * 4, 3) == 0);
		}
		uint8_t *half = malloc(width / 2 * 4 + 1);
		CHECK(sc_pixels_halve(half, width / 2 * 4, rgba, width / 2 * 16, width / 2, 1) == SC_OK);
		free(half);
		free(rgba);
		free(rgb);
	}
	uint8_t byte = 0;
	CHECK(sc_pixels_halve(&byte, 1, &byte, 1, UINT32_MAX, UINT32_MAX) == SC_E_TOO_SMALL);
	CHECK(sc_pixels_halve(NULL, 4, &byte, 16, 1, 1) == SC_E_TOO_SMALL);
	CHECK(sc_pixels_pack_rgb(&byte, 1, &byte, 1, UINT32_MAX, UINT32_MAX) == SC_E_TOO_SMALL);
	CHECK(sc_pixels_pack_rgb(NULL, 3, &byte, 4, 1, 1) == SC_E_TOO_SMALL);
}

// Forks a child that arms the guard with `message` and spins; if `disarmed`, it exits with 0. Returns the exit code; `printed` is its
// standard error.
static int run_stalled(const char *message, int disarmed, char *printed, size_t capacity) {
	int ends[2];
	CHECK(pipe(ends) == 0);
	const pid_t child = fork();
	CHECK(child >= 0);
	if (child == 0) {
		dup2(ends[1], STDERR_FILENO);
		// The second message replaces the first.
		CHECK(sc_stall_guard_arm(60, "another") == SC_OK && sc_stall_guard_arm(1, message) == SC_OK);
		if (disarmed) {
			CHECK(sc_stall_guard_disarm() == SC_OK);
		}
		const clock_t end = clock() + CLOCKS_PER_SEC * 3 / 2;
		while (!disarmed || clock() < end) {
		}
		_exit(0);
	}
	close(ends[1]);
	size_t length = 0;
	for (ssize_t got = 1; got > 0; length += (size_t)got) {
		got = read(ends[0], printed + length, capacity - length);
		CHECK(got >= 0);
	}
	printed[length] = '\0';
	close(ends[0]);
	int status;
	CHECK(waitpid(child, &status, 0) == child && WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void test_stall_guard(void) {
	char message[SC_STALL_MAX_MESSAGE + 2];
	char printed[2 * sizeof(message)];
	memset(message, 'x', sizeof(message) - 1);
	message[sizeof(message) - 1] = '\0';
	CHECK(sc_stall_guard_arm(1, message) == SC_E_INVALID);
	CHECK(sc_stall_guard_arm(1, NULL) == SC_E_INVALID && sc_stall_guard_arm(0, "x") == SC_E_INVALID);
	message[SC_STALL_MAX_MESSAGE] = '\0';
	CHECK(run_stalled(message, 0, printed, sizeof(printed) - 1) == 1 && strcmp(printed, message) == 0);
	CHECK(run_stalled("x", 1, printed, sizeof(printed) - 1) == 0 && printed[0] == '\0');
}

int main(void) {
	signal(SIGBUS, on_foreign_fault);
	test_segment();
	test_frame_pack();
	test_head_tail();
	test_bad_arguments();
	test_sweep();
	test_abandoned();
	test_truncation();
	test_foreign_fault();
	test_ranges();
	test_local_ranges();
	test_pixels();
	test_stall_guard();
	puts("memory: ok");
	return 0;
}
