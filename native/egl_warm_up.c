#define _GNU_SOURCE
#include "egl_warm_up.h"

#include <dlfcn.h>
#include <malloc.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "error.h"
#include "thread.h"

#define EGL_EXTENSIONS 0x3055
#define EGL_PLATFORM_SURFACELESS_MESA 0x31dd
#define MAX_DEVICES 32

typedef void *(*get_address_f)(const char *name);
typedef int (*query_devices_f)(int capacity, void **devices, int *count);
typedef const char *(*query_device_string_f)(void *device, int name);
typedef void *(*get_display_f)(int platform, void *native_display, const int *attributes);
typedef unsigned (*initialize_f)(void *display, int *major, int *minor);

#define PAGE_BYTES 4096u
// For the alignment of the buffers and their headers.
#define SPARE_BYTES (64u << 10)

static pthread_t thread;
static bool is_running;
// A part of malloc's heap that gets physical memory.
static uint8_t *heap;
static size_t heap_bytes;

// ISO C has no cast from an object pointer to a function pointer; POSIX allows copying its bytes.
#define BIND(function, address) do { \
		void *found = (address); \
		memcpy(&(function), &found, sizeof(found)); \
	} while (0)

static bool has_gpu(query_devices_f query_devices, query_device_string_f query_string) {
	void *devices[MAX_DEVICES];
	int count = 0;
	if (!query_devices(MAX_DEVICES, devices, &count)) {
		return false;
	}
	for (int i = 0; i < count; ++i) {
		const char *extensions = query_string(devices[i], EGL_EXTENSIONS);
		if (extensions == NULL || strstr(extensions, "EGL_MESA_device_software") == NULL) {
			return true;
		}
	}
	return false;
}

// Reserves a part at the end of the heap: malloc extends the heap for the buffers, and keeps it when they are freed.
static void reserve_heap(uint64_t buffer_bytes, uint64_t buffer_count) {
	if (buffer_bytes == 0 || buffer_bytes > SC_MAX_HEAP_BUFFER - SPARE_BYTES || buffer_count > 4) {
		return;
	}
	const size_t bytes = buffer_count * (buffer_bytes + SPARE_BYTES);
	if (mallopt(M_MMAP_THRESHOLD, SC_MAX_HEAP_BUFFER) == 0 || mallopt(M_TRIM_THRESHOLD, (int)(2 * bytes)) == 0) {
		return;
	}
	void *const reserved = malloc(bytes);
	if (reserved == NULL) {
		return;
	}
	heap = (uint8_t *)(((uintptr_t)reserved + PAGE_BYTES - 1) & ~(uintptr_t)(PAGE_BYTES - 1));
	heap_bytes = bytes - PAGE_BYTES;
	free(reserved);
}

static void load_driver(void) {
	// The library is never unloaded.
	void *egl = dlopen("libEGL.so.1", RTLD_LAZY | RTLD_LOCAL);
	if (egl == NULL) {
		return;
	}
	get_address_f get_address;
	initialize_f initialize;
	BIND(get_address, dlsym(egl, "eglGetProcAddress"));
	BIND(initialize, dlsym(egl, "eglInitialize"));
	if (get_address == NULL || initialize == NULL) {
		return;
	}
	query_devices_f query_devices;
	query_device_string_f query_string;
	get_display_f get_display;
	BIND(query_devices, get_address("eglQueryDevicesEXT"));
	BIND(query_string, get_address("eglQueryDeviceStringEXT"));
	BIND(get_display, get_address("eglGetPlatformDisplayEXT"));
	if (query_devices == NULL || query_string == NULL || get_display == NULL || has_gpu(query_devices, query_string)) {
		return;
	}
	void *display = get_display(EGL_PLATFORM_SURFACELESS_MESA, NULL, NULL);
	if (display != NULL) {
		initialize(display, NULL, NULL);
	}
}

static void *warm_up(void *argument) {
	(void)argument;
	load_driver();
#ifdef MADV_POPULATE_WRITE
	if (heap != NULL) {
		// Keeps the contents. Fails before Linux 5.14, and where malloc has returned the memory.
		(void)madvise(heap, heap_bytes, MADV_POPULATE_WRITE);
	}
#endif
	return NULL;
}

int sc_egl_warm_up(uint64_t buffer_bytes, uint64_t buffer_count) {
	if (is_running) {
		return SC_OK;
	}
	reserve_heap(buffer_bytes, buffer_count);
	if (sc_thread_start(&thread, "sc-egl", warm_up, NULL) != 0) {
		return sc_fail_errno("cannot start a thread");
	}
	is_running = true;
	return SC_OK;
}

void sc_egl_warm_up_join(void) {
	if (is_running) {
		pthread_join(thread, NULL);
		is_running = false;
	}
}
