// The worker pool with JPEG jobs, for ThreadSanitizer and AddressSanitizer.
// Argument: the path of libturbojpeg.so.0.
#define _GNU_SOURCE
#include <string.h>
#include <time.h>

#include "../error.h"
#include "../jpeg_job.h"
#include "check.h"
#include "raised.h"

enum { JOBS = 100, SIDE = 33, WIDER = 5 };

static int take_finished(sc_pool_s *pool) {
	sc_pool_result_s result;
	int taken = 0;
	while (sc_pool_take(pool, &result) == 1) {
		CHECK(result.result == SC_OK && result.output_size > 4);
		uint8_t *jpeg = malloc(result.output_size);
		CHECK(sc_jpeg_take((sc_jpeg_s *)(uintptr_t)result.output, jpeg, result.output_size) == SC_OK);
		int32_t size[2];
		CHECK(sc_jpeg_read_size(jpeg, result.output_size, 2 * SIDE * SIDE, size) == SC_OK);
		CHECK(size[0] == SIDE + (int)result.id % WIDER && size[1] == SIDE);
		const size_t pixels_size = (size_t)size[0] * SIDE * 4;
		uint8_t *pixels = malloc(pixels_size);
		CHECK(sc_jpeg_decode(jpeg, result.output_size, pixels, pixels_size) == SC_OK);
		CHECK(abs(pixels[pixels_size / 2] - (int)result.id) < 3);
		CHECK(sc_jpeg_decode(jpeg, result.output_size, pixels, pixels_size - 1) == SC_E_TOO_SMALL);
		free(pixels);
		free(jpeg);
		++taken;
	}
	return taken;
}

static void test_pool(sc_signal_s *signal) {
	sc_pool_s *pool = sc_pool_create(3, signal);
	CHECK(pool != NULL);
	uint8_t *pixels[JOBS];
	int submitted = 0;
	int taken = 0;
	while (taken < JOBS) {
		while (submitted < JOBS) {
			pixels[submitted] = malloc(SIDE * SIDE * 3);
			memset(pixels[submitted], submitted, SIDE * SIDE * 3);
			const int code = sc_jpeg_submit(pool, (uint32_t)submitted, pixels[submitted], SIDE * SIDE * 3, SIDE, SIDE,
				3, submitted % 2, 90, SC_TJ_SAMP_420, SIDE + submitted % WIDER, SIDE, submitted % 3 == 0);
			if (code == SC_E_FULL) {
				free(pixels[submitted]);
				break;
			}
			CHECK(code == SC_OK);
			++submitted;
		}
		wait_for_signal(signal);
		taken += take_finished(pool);
	}
	CHECK(sc_jpeg_submit(pool, 0, pixels[0], SIDE * SIDE * 3 - 1, SIDE, SIDE, 3, 0, 90, 0, SIDE, SIDE, 0) == SC_E_TOO_SMALL);
	CHECK(sc_jpeg_submit(pool, 0, pixels[0], UINT64_MAX, INT32_MAX, INT32_MAX, 4, 0, 90, 0, INT32_MAX, INT32_MAX, 0) == SC_E_INVALID);
	CHECK(sc_jpeg_submit(pool, 0, NULL, 100, 1, 1, 3, 0, 90, 0, 1, 1, 0) == SC_E_TOO_SMALL);
	// The pool is destroyed with running jobs and with results that were not taken.
	for (int index = 0; index < SC_POOL_SLOTS; ++index) {
		CHECK(sc_jpeg_submit(pool, 0, pixels[index], SIDE * SIDE * 3, SIDE, SIDE, 3, 0, 90, 0, SIDE, SIDE, 0) == SC_OK);
	}
	sc_pool_destroy(pool);
	for (int index = 0; index < JOBS; ++index) {
		free(pixels[index]);
	}
	forget_signals(signal);
}

enum { WIDTH = 640, HEIGHT = 427, LARGE_SIZE = WIDTH * HEIGHT * 3 };

static void submit_large(sc_pool_s *pool, uint32_t id, const uint8_t *pixels) {
	CHECK(sc_jpeg_submit(pool, id, pixels, LARGE_SIZE, WIDTH, HEIGHT, 3, 0, 90, SC_TJ_SAMP_420, WIDTH, HEIGHT, 0) == SC_OK);
}

// Waits for the next job, which must succeed. Returns whether it had several bands.
static bool take_large(sc_pool_s *pool, sc_signal_s *signal, uint32_t *id) {
	const sc_pool_result_s result = wait_for_job(pool, signal);
	CHECK(result.result == SC_OK);
	*id = result.id;
	sc_jpeg_s *jpeg = (sc_jpeg_s *)(uintptr_t)result.output;
	const bool has_bands = jpeg->pieces[1].bytes != NULL;
	uint8_t *bytes = malloc(result.output_size);
	CHECK(sc_jpeg_take(jpeg, bytes, result.output_size) == SC_OK);
	uint8_t *pixels = malloc(WIDTH * HEIGHT * 4);
	CHECK(sc_jpeg_decode(bytes, result.output_size, pixels, WIDTH * HEIGHT * 4) == SC_OK);
	CHECK(abs(pixels[0] - (int)*id) < 3 && abs(pixels[WIDTH * HEIGHT * 4 - 2] - (int)*id) < 3);
	free(pixels);
	free(bytes);
	return has_bands;
}

static void test_bands(sc_signal_s *signal) {
	sc_pool_s *pool = sc_pool_create(3, signal);
	sc_pool_s *one_thread = sc_pool_create(1, signal);
	CHECK(pool != NULL && one_thread != NULL);
	uint8_t *pixels[SC_POOL_SLOTS];
	for (int index = 0; index < SC_POOL_SLOTS; ++index) {
		pixels[index] = malloc(LARGE_SIZE);
		memset(pixels[index], 100 + index, LARGE_SIZE);
	}
	uint32_t id;
	for (uint32_t index = 0; index < 10; ++index) {
		submit_large(pool, 100 + index, pixels[index]);
		CHECK(take_large(pool, signal, &id) && id == 100 + index);
	}
	submit_large(one_thread, 100, pixels[0]);
	CHECK(!take_large(one_thread, signal, &id));
	// Some of these have bands, depending on timing.
	uint32_t sum = 0;
	for (uint32_t index = 0; index < SC_POOL_SLOTS; ++index) {
		submit_large(pool, 100 + index, pixels[index]);
	}
	for (uint32_t index = 0; index < SC_POOL_SLOTS; ++index) {
		(void)take_large(pool, signal, &id);
		sum += id - 100;
	}
	CHECK(sum == SC_POOL_SLOTS * (SC_POOL_SLOTS - 1) / 2);
	// A pool is destroyed while bands are running, at a different moment in each round.
	for (int round = 0; round < 20; ++round) {
		sc_pool_s *short_lived = sc_pool_create(2 + round % 3, signal);
		CHECK(short_lived != NULL);
		submit_large(short_lived, 0, pixels[0]);
		submit_large(short_lived, 1, pixels[1]);
		const struct timespec pause = { 0, round * 20000 };
		nanosleep(&pause, NULL);
		sc_pool_destroy(short_lived);
	}
	sc_pool_destroy(pool);
	sc_pool_destroy(one_thread);
	for (int index = 0; index < SC_POOL_SLOTS; ++index) {
		free(pixels[index]);
	}
	forget_signals(signal);
}

static sc_turbojpeg_s original;
static int max_blocked_width; // px
static int blocked;
static int calls;

static void wait_until_min(const int *count, int min) {
	const struct timespec pause = { 0, 100000 };
	for (int tries = 0; __atomic_load_n(count, __ATOMIC_ACQUIRE) < min; ++tries) {
		CHECK(tries < 100000);
		nanosleep(&pause, NULL);
	}
}

// Blocks encodings up to a width, and the first call until another thread makes the second.
static int compress_blocked(void *handle, const uint8_t *pixels, int width, int pitch, int height, int format,
	uint8_t **jpeg, size_t *jpeg_size) {
	const struct timespec pause = { 0, 100000 };
	__atomic_add_fetch(&blocked, 1, __ATOMIC_RELEASE);
	while (width <= __atomic_load_n(&max_blocked_width, __ATOMIC_ACQUIRE)) {
		nanosleep(&pause, NULL);
	}
	__atomic_sub_fetch(&blocked, 1, __ATOMIC_RELEASE);
	__atomic_add_fetch(&calls, 1, __ATOMIC_RELEASE);
	wait_until_min(&calls, 2);
	return original.compress(handle, pixels, width, pitch, height, format, jpeg, jpeg_size);
}

static void block_up_to(int max_width) { __atomic_store_n(&max_blocked_width, max_width, __ATOMIC_RELEASE); }

// Waits for the next job and destroys its output. Returns whether it had several bands.
static bool discard_job(sc_pool_s *pool, sc_signal_s *signal) {
	const sc_pool_result_s result = wait_for_job(pool, signal);
	CHECK(result.result == SC_OK);
	sc_jpeg_s *jpeg = (sc_jpeg_s *)(uintptr_t)result.output;
	const bool has_bands = jpeg->pieces[1].bytes != NULL;
	sc_jpeg_destroy(jpeg);
	return has_bands;
}

// A single image is cut into bands for all threads; with one image for each thread, none is cut.
static void test_busy_threads(sc_signal_s *signal) {
	sc_turbojpeg_s *functions = (sc_turbojpeg_s *)(uintptr_t)sc_turbojpeg();
	original = *functions;
	functions->compress = compress_blocked;
	sc_pool_s *pool = sc_pool_create(2, signal);
	CHECK(pool != NULL);
	uint8_t *pixels = calloc(1, LARGE_SIZE);
	for (int round = 0; round < 20; ++round) {
		__atomic_store_n(&calls, 0, __ATOMIC_RELEASE);
		submit_large(pool, 0, pixels);
		CHECK(discard_job(pool, signal));
	}
	// A second image is not cut into bands while the other thread encodes the first.
	block_up_to(1);
	CHECK(sc_jpeg_submit(pool, 0, pixels, 3, 1, 1, 3, 0, 90, SC_TJ_SAMP_420, 1, 1, 0) == SC_OK);
	wait_until_min(&blocked, 1);
	submit_large(pool, 0, pixels);
	CHECK(!discard_job(pool, signal));
	block_up_to(0);
	CHECK(!discard_job(pool, signal));
	submit_large(pool, 0, pixels);
	CHECK(discard_job(pool, signal));
	// Four jobs wait for the two threads that encode the first; the last of them has bands if the other thread is idle by then.
	block_up_to(WIDTH);
	submit_large(pool, 0, pixels);
	wait_until_min(&blocked, 2);
	for (int index = 0; index < 4; ++index) {
		submit_large(pool, 0, pixels);
	}
	block_up_to(0);
	int jobs_with_bands = 0;
	for (int index = 0; index < 5; ++index) {
		jobs_with_bands += discard_job(pool, signal);
	}
	CHECK(jobs_with_bands >= 1 && jobs_with_bands <= 2);
	sc_pool_destroy(pool);
	free(pixels);
	*functions = original;
	forget_signals(signal);
}

static int calls_until_failure;

static int compress_or_fail(void *handle, const uint8_t *pixels, int width, int pitch, int height, int format,
	uint8_t **jpeg, size_t *jpeg_size) {
	const bool fails = __atomic_sub_fetch(&calls_until_failure, 1, __ATOMIC_ACQ_REL) == 0;
	return fails ? -1 : original.compress(handle, pixels, width, pitch, height, format, jpeg, jpeg_size);
}

// A band that fails, at any position, fails its job and no other.
static void test_failing_band(sc_signal_s *signal) {
	sc_turbojpeg_s *functions = (sc_turbojpeg_s *)(uintptr_t)sc_turbojpeg();
	original = *functions;
	functions->compress = compress_or_fail;
	uint8_t *pixels = calloc(1, LARGE_SIZE);
	for (int threads = 1; threads <= 3; ++threads) {
		sc_pool_s *pool = sc_pool_create(threads, signal);
		CHECK(pool != NULL);
		const int bands = threads == 1 ? 1 : threads == 2 ? 4 : 3;
		for (int failing = 1; failing <= bands; ++failing) {
			__atomic_store_n(&calls_until_failure, failing, __ATOMIC_RELEASE);
			submit_large(pool, 7, pixels);
			const sc_pool_result_s result = wait_for_job(pool, signal);
			CHECK(result.id == 7 && result.result == SC_E_CORRUPT && result.output == 0 && result.output_size == 0);
			CHECK(strncmp(result.message, "cannot encode: ", 15) == 0);
			submit_large(pool, 0, pixels);
			uint32_t id;
			CHECK(take_large(pool, signal, &id) == (threads > 1) && id == 0);
		}
		sc_pool_destroy(pool);
	}
	free(pixels);
	*functions = original;
	forget_signals(signal);
}

static void test_garbage(void) {
	uint8_t bytes[64] = { 0xFF, 0xD8, 0xFF, 0xC0 };
	int32_t size[2];
	CHECK(sc_jpeg_read_size(bytes, sizeof(bytes), 1000, size) == SC_E_CORRUPT);
	CHECK(sc_jpeg_read_size(bytes, 2, 1000, size) == SC_E_CORRUPT);
	CHECK(sc_jpeg_read_size(NULL, 0, 1000, size) == SC_E_CORRUPT);
	uint64_t jpeg_size = 0;
	CHECK(sc_jpeg_encode_sync(bytes, 64, 4, 4, 4, 0, 90, 9, &jpeg_size) == NULL);
	sc_jpeg_s *encoded = sc_jpeg_encode_sync(bytes, 64, 4, 4, 4, 0, 90, 0, &jpeg_size);
	CHECK(encoded != NULL && jpeg_size > 4);
	uint8_t *jpeg = malloc(jpeg_size);
	CHECK(sc_jpeg_take(encoded, jpeg, jpeg_size) == SC_OK);
	// Every prefix of a valid file, in a block of its exact length.
	for (uint64_t length = 0; length < jpeg_size; ++length) {
		uint8_t *prefix = malloc(length + 1);
		uint8_t pixels[64];
		memcpy(prefix, jpeg, length);
		prefix = realloc(prefix, length > 0 ? length : 1);
		(void)sc_jpeg_decode(prefix, length, pixels, sizeof(pixels));
		free(prefix);
	}
	free(jpeg);
}

int main(int argc, char **argv) {
	CHECK(argc == 2);
	uint8_t byte = 0;
	uint64_t size = 0;
	CHECK(sc_jpeg_encode_sync(&byte, 1, 1, 1, 3, 0, 90, 0, &size) == NULL && sc_error_code() == SC_E_MISSING);
	CHECK(sc_turbojpeg_load("/nonexistent/libturbojpeg.so") == SC_E_MISSING);
	CHECK(sc_turbojpeg_load(argv[1]) == SC_OK);
	sc_signal_s *signal = sc_signal_create(on_signal);
	CHECK(signal != NULL && sc_signal_create(NULL) == NULL);
	test_garbage();
	test_pool(signal);
	test_bands(signal);
	test_busy_threads(signal);
	test_failing_band(signal);
	free(signal);
	puts("pool: ok");
	return 0;
}
