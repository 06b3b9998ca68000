#define _GNU_SOURCE
#include "turbojpeg.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdbool.h>
#include <string.h>

#include "error.h"

static pthread_mutex_t _mutex = PTHREAD_MUTEX_INITIALIZER;
static sc_turbojpeg_s _functions;
static bool _loaded;

static int _bind(void *library, const char *symbol, void *slot) {
	void *address = dlsym(library, symbol);
	if (address == NULL) {
		return sc_fail(SC_E_MISSING, "the JPEG library has no %s: it is older than libjpeg-turbo 3", symbol);
	}
	// ISO C has no cast from an object pointer to a function pointer; POSIX has it by copying.
	memcpy(slot, &address, sizeof(address));
	return SC_OK;
}

static int _load(const char *path) {
	void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	if (library == NULL) {
		const char *reason = dlerror();
		return sc_fail(SC_E_MISSING, "cannot load the JPEG library: %s", reason != NULL ? reason : path);
	}
	sc_turbojpeg_s functions;
	if (_bind(library, "tj3Init", &functions.init) < 0
		|| _bind(library, "tj3Destroy", &functions.destroy) < 0
		|| _bind(library, "tj3Set", &functions.set) < 0
		|| _bind(library, "tj3Get", &functions.get) < 0
		|| _bind(library, "tj3GetErrorStr", &functions.error_string) < 0
		|| _bind(library, "tj3JPEGBufSize", &functions.buffer_size) < 0
		|| _bind(library, "tj3Compress8", &functions.compress) < 0
		|| _bind(library, "tj3DecompressHeader", &functions.decompress_header) < 0
		|| _bind(library, "tj3Decompress8", &functions.decompress) < 0) {
		dlclose(library);
		return sc_error_code();
	}
	_functions = functions;
	__atomic_store_n(&_loaded, true, __ATOMIC_RELEASE);
	return SC_OK;
}

int sc_turbojpeg_load(const char *path) {
	pthread_mutex_lock(&_mutex);
	const int result = _loaded ? SC_OK : _load(path);
	pthread_mutex_unlock(&_mutex);
	return result;
}

const sc_turbojpeg_s *sc_turbojpeg(void) {
	if (!__atomic_load_n(&_loaded, __ATOMIC_ACQUIRE)) {
		sc_fail(SC_E_MISSING, "the JPEG library has not been loaded");
		return NULL;
	}
	return &_functions;
}
