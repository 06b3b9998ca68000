// glibc_floor.h for libvpx, which was compiled without it: the linker redirects libvpx's calls of these functions here (--wrap,
// see scripts/build-native.mjs), and this file calls the versions that glibc_floor.h selects.
#include <math.h>
#include <pthread.h>
#include <semaphore.h>

double __wrap_exp(double x) { return exp(x); }
double __wrap_log(double x) { return log(x); }
double __wrap_pow(double x, double y) { return pow(x, y); }

int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *), void *argument) {
	return pthread_create(thread, attributes, run, argument);
}

int __wrap_pthread_join(pthread_t thread, void **result) { return pthread_join(thread, result); }
int __wrap_pthread_once(pthread_once_t *control, void (*run)(void)) { return pthread_once(control, run); }

int __wrap_sem_init(sem_t *semaphore, int shared, unsigned int value) { return sem_init(semaphore, shared, value); }
int __wrap_sem_destroy(sem_t *semaphore) { return sem_destroy(semaphore); }
int __wrap_sem_post(sem_t *semaphore) { return sem_post(semaphore); }
int __wrap_sem_wait(sem_t *semaphore) { return sem_wait(semaphore); }
