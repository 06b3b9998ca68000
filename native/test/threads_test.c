// The encoding pool, the JPEG code, the watches and the timers, for ThreadSanitizer and AddressSanitizer.
// Argument: the path of libturbojpeg.so.0.
#define _GNU_SOURCE
#include <string.h>
#include <time.h>

#include "../encode_pool.h"
#include "../error.h"
#include "../interval_timer.h"
#include "../js_thread.h"
#include "../local_memory.h"
#include "../word_watch.h"
#include "check.h"

enum { JOBS = 100, SIDE = 33 };

static int _raised;

static void _on_signal(void) { __atomic_add_fetch(&_raised, 1, __ATOMIC_RELEASE); }

static void _wait_for_signal(sc_signal_s *signal) {
	const struct timespec pause = { 0, 100000 };
	while (__atomic_exchange_n(&_raised, 0, __ATOMIC_ACQUIRE) == 0) {
		nanosleep(&pause, NULL);
	}
	sc_signal_clear(signal);
}

// Of a pool that is gone.
static void _forget_signals(sc_signal_s *signal) {
	sc_signal_clear(signal);
	__atomic_store_n(&_raised, 0, __ATOMIC_RELEASE);
}

static int _take_all(sc_pool_s *pool) {
	sc_pool_result_s result;
	int taken = 0;
	while (sc_pool_take(pool, &result) == 1) {
		CHECK(result.result == SC_OK && result.jpeg_size > 4);
		uint8_t *jpeg = malloc(result.jpeg_size);
		CHECK(sc_jpeg_take((sc_jpeg_s *)(uintptr_t)result.jpeg, jpeg, result.jpeg_size) == SC_OK);
		int32_t size[2];
		CHECK(sc_jpeg_read_size(jpeg, result.jpeg_size, SIDE * SIDE, size) == SC_OK);
		CHECK(size[0] == SIDE && size[1] == SIDE);
		uint8_t *pixels = malloc(SIDE * SIDE * 4);
		CHECK(sc_jpeg_decode(jpeg, result.jpeg_size, pixels, SIDE * SIDE * 4) == SC_OK);
		CHECK(abs(pixels[0] - (int)result.id) < 3);
		CHECK(sc_jpeg_decode(jpeg, result.jpeg_size, pixels, SIDE * SIDE * 4 - 1) == SC_E_TOO_SMALL);
		free(pixels);
		free(jpeg);
		++taken;
	}
	return taken;
}

static void _test_pool(sc_signal_s *signal) {
	sc_pool_s *pool = sc_pool_create(3, signal);
	CHECK(pool != NULL);
	uint8_t *pixels[JOBS];
	int submitted = 0;
	int taken = 0;
	while (taken < JOBS) {
		while (submitted < JOBS) {
			pixels[submitted] = malloc(SIDE * SIDE * 3);
			memset(pixels[submitted], submitted, SIDE * SIDE * 3);
			const int code = sc_pool_submit(pool, (uint32_t)submitted, pixels[submitted], SIDE * SIDE * 3, SIDE, SIDE,
				3, submitted % 2, 90, SC_TJ_SAMP_420, submitted % 3 == 0);
			if (code == SC_E_FULL) {
				free(pixels[submitted]);
				break;
			}
			CHECK(code == SC_OK);
			++submitted;
		}
		_wait_for_signal(signal);
		taken += _take_all(pool);
	}
	CHECK(sc_pool_submit(pool, 0, pixels[0], SIDE * SIDE * 3 - 1, SIDE, SIDE, 3, 0, 90, 0, 0) == SC_E_TOO_SMALL);
	CHECK(sc_pool_submit(pool, 0, pixels[0], UINT64_MAX, INT32_MAX, INT32_MAX, 4, 0, 90, 0, 0) == SC_E_INVALID);
	CHECK(sc_pool_submit(pool, 0, NULL, 100, 1, 1, 3, 0, 90, 0, 0) == SC_E_TOO_SMALL);
	// Destroyed while it works, and with results that nobody takes.
	for (int index = 0; index < SC_POOL_SLOTS; ++index) {
		CHECK(sc_pool_submit(pool, 0, pixels[index], SIDE * SIDE * 3, SIDE, SIDE, 3, 0, 90, 0, 0) == SC_OK);
	}
	sc_pool_destroy(pool);
	for (int index = 0; index < JOBS; ++index) {
		free(pixels[index]);
	}
	_forget_signals(signal);
}

enum { WIDTH = 640, HEIGHT = 427, LARGE_SIZE = WIDTH * HEIGHT * 3 };

static void _submit_large(sc_pool_s *pool, uint32_t id, const uint8_t *pixels) {
	CHECK(sc_pool_submit(pool, id, pixels, LARGE_SIZE, WIDTH, HEIGHT, 3, 0, 90, SC_TJ_SAMP_420, 0) == SC_OK);
}

// Waits for the next job, which must have gone well. True when it was cut into bands.
static bool _take_large(sc_pool_s *pool, sc_signal_s *signal, uint32_t *id) {
	sc_pool_result_s result;
	while (sc_pool_take(pool, &result) == 0) {
		_wait_for_signal(signal);
	}
	CHECK(result.result == SC_OK);
	*id = result.id;
	sc_jpeg_s *jpeg = (sc_jpeg_s *)(uintptr_t)result.jpeg;
	const bool cut = jpeg->pieces[1].bytes != NULL;
	uint8_t *bytes = malloc(result.jpeg_size);
	CHECK(sc_jpeg_take(jpeg, bytes, result.jpeg_size) == SC_OK);
	uint8_t *pixels = malloc(WIDTH * HEIGHT * 4);
	CHECK(sc_jpeg_decode(bytes, result.jpeg_size, pixels, WIDTH * HEIGHT * 4) == SC_OK);
	CHECK(abs(pixels[0] - (int)*id) < 3 && abs(pixels[WIDTH * HEIGHT * 4 - 2] - (int)*id) < 3);
	free(pixels);
	free(bytes);
	return cut;
}

static void _test_bands(sc_signal_s *signal) {
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
		_submit_large(pool, 100 + index, pixels[index]);
		CHECK(_take_large(pool, signal, &id) && id == 100 + index);
	}
	_submit_large(one_thread, 100, pixels[0]);
	CHECK(!_take_large(one_thread, signal, &id));
	// Some of these are cut, by how fast they come.
	uint32_t sum = 0;
	for (uint32_t index = 0; index < SC_POOL_SLOTS; ++index) {
		_submit_large(pool, 100 + index, pixels[index]);
	}
	for (uint32_t index = 0; index < SC_POOL_SLOTS; ++index) {
		(void)_take_large(pool, signal, &id);
		sum += id - 100;
	}
	CHECK(sum == SC_POOL_SLOTS * (SC_POOL_SLOTS - 1) / 2);
	// Destroyed in the middle of bands, at other moments each time.
	for (int round = 0; round < 20; ++round) {
		sc_pool_s *short_lived = sc_pool_create(2 + round % 3, signal);
		CHECK(short_lived != NULL);
		_submit_large(short_lived, 0, pixels[0]);
		_submit_large(short_lived, 1, pixels[1]);
		const struct timespec pause = { 0, round * 20000 };
		nanosleep(&pause, NULL);
		sc_pool_destroy(short_lived);
	}
	sc_pool_destroy(pool);
	sc_pool_destroy(one_thread);
	for (int index = 0; index < SC_POOL_SLOTS; ++index) {
		free(pixels[index]);
	}
	_forget_signals(signal);
}

static sc_signal_s *_gated_signal;
static pthread_mutex_t _gate = PTHREAD_MUTEX_INITIALIZER;
static int _at_gate;

static void _on_gated_signal(void) {
	sc_signal_clear(_gated_signal);
	__atomic_add_fetch(&_at_gate, 1, __ATOMIC_RELEASE);
	pthread_mutex_lock(&_gate);
	pthread_mutex_unlock(&_gate);
	_on_signal();
}

// With other pictures for all threads, each thread takes a whole one.
static void _test_busy(void) {
	_gated_signal = sc_signal_create(_on_gated_signal);
	sc_pool_s *pool = sc_pool_create(2, _gated_signal);
	CHECK(pool != NULL);
	uint8_t *pixels = calloc(1, LARGE_SIZE);
	const struct timespec pause = { 0, 100000 };
	sc_pool_result_s result;
	pthread_mutex_lock(&_gate);
	for (int busy = 1; busy <= 2; ++busy) {
		CHECK(sc_pool_submit(pool, 0, pixels, 3, 1, 1, 3, 0, 90, SC_TJ_SAMP_420, 0) == SC_OK);
		while (__atomic_load_n(&_at_gate, __ATOMIC_ACQUIRE) < busy) {
			nanosleep(&pause, NULL);
		}
		CHECK(sc_pool_take(pool, &result) == 1 && result.result == SC_OK);
		uint8_t out[1000];
		CHECK(sc_jpeg_take((sc_jpeg_s *)(uintptr_t)result.jpeg, out, sizeof(out)) == SC_OK);
	}
	for (uint32_t id = 0; id < 4; ++id) {
		_submit_large(pool, 0, pixels);
	}
	pthread_mutex_unlock(&_gate);
	uint32_t id;
	int cut = 0;
	for (int taken = 0; taken < 4; ++taken) {
		cut += _take_large(pool, _gated_signal, &id);
	}
	// The last one is, when the other thread was done by then.
	CHECK(cut <= 1);
	sc_pool_destroy(pool);
	_forget_signals(_gated_signal);
	free(_gated_signal);
	free(pixels);
}

static sc_turbojpeg_s _right;
static int _calls_until_failure;

static int _compress_or_fail(void *handle, const uint8_t *pixels, int width, int pitch, int height, int format,
	uint8_t **jpeg, size_t *jpeg_size) {
	const bool fails = __atomic_sub_fetch(&_calls_until_failure, 1, __ATOMIC_ACQ_REL) == 0;
	return fails ? -1 : _right.compress(handle, pixels, width, pitch, height, format, jpeg, jpeg_size);
}

// One band that fails ends its picture, wherever it is, and no other.
static void _test_failing_band(sc_signal_s *signal) {
	sc_turbojpeg_s *functions = (sc_turbojpeg_s *)(uintptr_t)sc_turbojpeg();
	_right = *functions;
	functions->compress = _compress_or_fail;
	uint8_t *pixels = calloc(1, LARGE_SIZE);
	for (int threads = 1; threads <= 3; ++threads) {
		sc_pool_s *pool = sc_pool_create(threads, signal);
		CHECK(pool != NULL);
		const int bands = threads == 1 ? 1 : threads == 2 ? 4 : 3;
		for (int failing = 1; failing <= bands; ++failing) {
			__atomic_store_n(&_calls_until_failure, failing, __ATOMIC_RELEASE);
			_submit_large(pool, 7, pixels);
			sc_pool_result_s result;
			while (sc_pool_take(pool, &result) == 0) {
				_wait_for_signal(signal);
			}
			CHECK(result.id == 7 && result.result == SC_E_CORRUPT && result.jpeg == 0 && result.jpeg_size == 0);
			CHECK(strncmp(result.message, "cannot encode: ", 15) == 0);
			_submit_large(pool, 0, pixels);
			uint32_t id;
			CHECK(_take_large(pool, signal, &id) == (threads > 1) && id == 0);
		}
		sc_pool_destroy(pool);
	}
	free(pixels);
	*functions = _right;
	_forget_signals(signal);
}

static void _test_garbage(void) {
	uint8_t bytes[64] = { 0xFF, 0xD8, 0xFF, 0xC0 };
	int32_t size[2];
	CHECK(sc_jpeg_read_size(bytes, sizeof(bytes), 1000, size) == SC_E_CORRUPT);
	CHECK(sc_jpeg_read_size(bytes, 2, 1000, size) == SC_E_CORRUPT);
	CHECK(sc_jpeg_read_size(NULL, 0, 1000, size) == SC_E_CORRUPT);
	uint64_t jpeg_size = 0;
	CHECK(sc_jpeg_encode_now(bytes, 64, 4, 4, 4, 0, 90, 9, &jpeg_size) == NULL);
	sc_jpeg_s *encoded = sc_jpeg_encode_now(bytes, 64, 4, 4, 4, 0, 90, 0, &jpeg_size);
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

static sc_watch_s *_check_watch(sc_shm_s *shm, sc_signal_s *signal, int mode) {
	sc_watch_s *watch = sc_watch_create(shm, 4100, mode, signal);
	CHECK(watch != NULL);
	for (uint32_t expected = 1; expected <= 20; ++expected) {
		CHECK(sc_word_wake(shm, 4100) == SC_OK);
		uint32_t value = 0;
		while (value != expected) {
			_wait_for_signal(signal);
			(void)sc_watch_take(watch, &value);
		}
	}
	CHECK(sc_watch_create(shm, 8190, mode, signal) == NULL && sc_watch_create(shm, 8192, mode, signal) == NULL);
	CHECK(sc_watch_create(shm, UINT64_MAX - 3, mode, signal) == NULL && sc_watch_create(shm, 0, 7, signal) == NULL);
	return watch;
}

static void _test_watch(sc_signal_s *signal, int mode) {
	sc_shm_s *shm = sc_shm_create(SC_SHM_PREFIX, 8192);
	CHECK(shm != NULL);
	sc_watch_s *watch = _check_watch(shm, signal, mode);
	sc_shm_unlink(shm);
	sc_shm_close(shm);
	sc_watch_destroy(watch);
}

static void _test_local_watch(sc_signal_s *signal, int mode) {
	uint8_t *memory = calloc(1, 8192);
	sc_shm_s *local = sc_local_create(memory, 8192);
	CHECK(local != NULL);
	sc_watch_s *watch = _check_watch(local, signal, mode);
	sc_local_destroy(local);
	sc_watch_destroy(watch);
	free(memory);
}

enum { PERIOD = 1000000 };

static sc_timer_s *_ticking;
static int64_t _first_due;
static int64_t _last_due;

// On the timer's own thread, in the middle of a tick; every third one takes two and a half periods.
static void _on_tick(void) {
	const struct timespec long_tick = { 0, PERIOD * 5 / 2 };
	const sc_timer_s *timer = __atomic_load_n(&_ticking, __ATOMIC_ACQUIRE);
	if (timer != NULL) {
		_first_due = _first_due == 0 ? timer->due : _first_due;
		CHECK((timer->due - _first_due) % PERIOD == 0 && timer->due > _last_due);
		_last_due = timer->due;
		if ((timer->due - _first_due) / PERIOD % 3 == 0) {
			nanosleep(&long_tick, NULL);
		}
	}
	_on_signal();
}

static void _test_timer(void) {
	sc_signal_s *signal = sc_signal_create(_on_tick);
	CHECK(signal != NULL);
	sc_timer_s *timer = sc_timer_create(PERIOD, signal);
	CHECK(timer != NULL);
	__atomic_store_n(&_ticking, timer, __ATOMIC_RELEASE);
	for (int taken = 0; taken < 50;) {
		_wait_for_signal(signal);
		taken += sc_timer_take(timer);
	}
	sc_timer_destroy(timer);
	__atomic_store_n(&_ticking, NULL, __ATOMIC_RELEASE);
	CHECK(_last_due > _first_due);
	// Destroyed while its thread starts, sleeps, or ticks all the time; one that could not be woken would take weeks.
	const int64_t periods[] = { SC_TIMER_MAX_PERIOD_NS, 1 };
	for (int round = 0; round < 200; ++round) {
		timer = sc_timer_create(periods[round % 2], signal);
		CHECK(timer != NULL);
		sc_timer_destroy(timer);
	}
	CHECK(sc_timer_create(0, signal) == NULL && sc_timer_create(SC_TIMER_MAX_PERIOD_NS + 1, signal) == NULL);
	CHECK(sc_timer_create(INT64_MIN, signal) == NULL && sc_timer_create(1, NULL) == NULL);
	free(signal);
}

// Node-API, as Bun's executable has it.
static struct { void (*end)(void *); void *object; } _hooks[4];
static int _hooks_count;

int napi_add_env_cleanup_hook(void *env, void (*end)(void *), void *object);
int napi_remove_env_cleanup_hook(void *env, void (*end)(void *), void *object);

int napi_add_env_cleanup_hook(void *env, void (*end)(void *), void *object) {
	CHECK(env == _hooks && _hooks_count < 4);
	_hooks[_hooks_count].end = end;
	_hooks[_hooks_count++].object = object;
	return 0;
}

int napi_remove_env_cleanup_hook(void *env, void (*end)(void *), void *object) {
	CHECK(env == _hooks && _hooks_count > 0);
	CHECK(_hooks[_hooks_count - 1].end == end && _hooks[_hooks_count - 1].object == object);
	--_hooks_count;
	return 0;
}

static void _test_end_of_js_thread(sc_signal_s *signal) {
	int other_env;
	CHECK(napi_register_module_v1(_hooks, &_hooks_count) == &_hooks_count);
	CHECK(napi_register_module_v1(&other_env, NULL) == NULL); // a second load on the same thread changes nothing
	CHECK(sc_timer_create(1000, signal) != NULL && _hooks_count == 1);
	sc_timer_s *timer = sc_timer_create(1000, signal);
	CHECK(timer != NULL && _hooks_count == 2);
	sc_timer_destroy(timer);
	CHECK(_hooks_count == 1);
	uint32_t memory[2] = { 0 };
	sc_shm_s *local = sc_local_create(memory, sizeof(memory));
	CHECK(sc_watch_create(local, 0, SC_WATCH_FUTEX, signal) != NULL && _hooks_count == 2);
	sc_watch_s *watch = sc_watch_create(local, 4, SC_WATCH_POLL, signal);
	CHECK(watch != NULL && _hooks_count == 3);
	sc_watch_destroy(watch);
	sc_local_destroy(local);
	CHECK(sc_pool_create(2, signal) != NULL && _hooks_count == 3);
	sc_pool_s *pool = sc_pool_create(1, signal);
	CHECK(pool != NULL && _hooks_count == 4);
	sc_pool_destroy(pool);
	CHECK(_hooks_count == 3);
	// A leak, or a thread that goes on, is the sanitizer's to find.
	while (_hooks_count-- > 0) {
		_hooks[_hooks_count].end(_hooks[_hooks_count].object);
	}
}

int main(int argc, char **argv) {
	CHECK(argc == 2);
	uint8_t byte = 0;
	uint64_t size = 0;
	CHECK(sc_jpeg_encode_now(&byte, 1, 1, 1, 3, 0, 90, 0, &size) == NULL && sc_error_code() == SC_E_MISSING);
	CHECK(sc_turbojpeg_load("/nonexistent/libturbojpeg.so") == SC_E_MISSING);
	CHECK(sc_turbojpeg_load(argv[1]) == SC_OK);
	sc_signal_s *signal = sc_signal_create(_on_signal);
	CHECK(signal != NULL && sc_signal_create(NULL) == NULL);
	_test_garbage();
	_test_pool(signal);
	_test_bands(signal);
	_test_busy();
	_test_failing_band(signal);
	_test_watch(signal, SC_WATCH_FUTEX);
	_test_watch(signal, SC_WATCH_POLL);
	_test_local_watch(signal, SC_WATCH_FUTEX);
	_test_local_watch(signal, SC_WATCH_POLL);
	_test_timer();
	_test_end_of_js_thread(signal);
	free(signal);
	puts("threads: ok");
	return 0;
}
