#include "js_thread.h"

// Node-API functions of Bun's executable. Weak, so that the C tests link without them.
extern int napi_add_env_cleanup_hook(void *env, void (*hook)(void *), void *argument) __attribute__((weak));
extern int napi_remove_env_cleanup_hook(void *env, void (*hook)(void *), void *argument) __attribute__((weak));

// The environment of the first load: a hook must be removed from the environment that it was added to.
static _Thread_local void *thread_env;

void *napi_register_module_v1(void *env, void *exports) {
	if (thread_env == NULL) {
		thread_env = env;
	}
	return exports;
}

void sc_js_thread_at_end(void (*end)(void *object), void *object) {
	if (thread_env != NULL && napi_add_env_cleanup_hook != NULL) {
		napi_add_env_cleanup_hook(thread_env, end, object);
	}
}

void sc_js_thread_forget(void (*end)(void *object), void *object) {
	if (thread_env != NULL && napi_remove_env_cleanup_hook != NULL) {
		napi_remove_env_cleanup_hook(thread_env, end, object);
	}
}
