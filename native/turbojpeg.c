#define _GNU_SOURCE
#include "turbojpeg.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdbool.h>
#include <string.h>

#include "error.h"

static pthread_mutex_t load_mutex = PTHREAD_MUTEX_INITIALIZER;
static sc_turbojpeg_s bound;
static bool is_loaded;

static int bind_symbol(void *library, const char *symbol, void *slot) {
	void *address = dlsym(library, symbol);
	if (address == NULL) {
		return sc_fail(SC_E_MISSING, "the JPEG library does not export %s: libjpeg-turbo 3 is required", symbol);
	}
	// ISO C has no cast from an object pointer to a function pointer; POSIX allows copying its bytes.
	memcpy(slot, &address, sizeof(address));
	return SC_OK;
}

static int load_library(const char *path) {
	void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	if (library == NULL) {
		const char *reason = dlerror();
		return sc_fail(SC_E_MISSING, "cannot load the JPEG library: %s", reason != NULL ? reason : path);
	}
	sc_turbojpeg_s functions;
	if (bind_symbol(library, "tj3Init", &functions.init) < 0
		|| bind_symbol(library, "tj3Destroy", &functions.destroy) < 0
		|| bind_symbol(library, "tj3Set", &functions.set) < 0
		|| bind_symbol(library, "tj3Get", &functions.get) < 0
		|| bind_symbol(library, "tj3GetErrorStr", &functions.error_string) < 0
		|| bind_symbol(library, "tj3JPEGBufSize", &functions.buffer_size) < 0
		|| bind_symbol(library, "tj3Compress8", &functions.compress) < 0
		|| bind_symbol(library, "tj3DecompressHeader", &functions.decompress_header) < 0
		|| bind_symbol(library, "tj3Decompress8", &functions.decompress) < 0) {
		dlclose(library);
		return sc_error_code();
	}
	bound = functions;
	__atomic_store_n(&is_loaded, true, __ATOMIC_RELEASE);
	return SC_OK;
}

int sc_turbojpeg_load(const char *path) {
	pthread_mutex_lock(&load_mutex);
	const int result = is_loaded ? SC_OK : load_library(path);
	pthread_mutex_unlock(&load_mutex);
	return result;
}

const sc_turbojpeg_s *sc_turbojpeg(void) {
	if (!__atomic_load_n(&is_loaded, __ATOMIC_ACQUIRE)) {
		sc_fail(SC_E_MISSING, "the JPEG library has not been loaded");
		return NULL;
	}
	return &bound;
}
