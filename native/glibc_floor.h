// Selects the oldest glibc version of these functions. Included before every file of the library (not of the tests). The linker
// would otherwise select the newest of the build machine (glibc 2.34 merged libpthread and libdl), and the executable would not
// start on RHEL 8 (glibc 2.28), which many clusters run. Bun, libturbojpeg and ANGLE require 2.17 at most; getrandom and getentropy
// require 2.25.
#pragma once

#if defined(__x86_64__)
#define SC_GLIBC_BASE "GLIBC_2.2.5"
#define SC_GLIBC_SETNAME "GLIBC_2.12"
#elif defined(__aarch64__)
#define SC_GLIBC_BASE "GLIBC_2.17"
#define SC_GLIBC_SETNAME "GLIBC_2.17"
#endif

#ifdef SC_GLIBC_BASE
__asm__(".symver dlopen,dlopen@" SC_GLIBC_BASE);
__asm__(".symver dlsym,dlsym@" SC_GLIBC_BASE);
__asm__(".symver dlclose,dlclose@" SC_GLIBC_BASE);
__asm__(".symver dlerror,dlerror@" SC_GLIBC_BASE);
__asm__(".symver pthread_create,pthread_create@" SC_GLIBC_BASE);
__asm__(".symver pthread_join,pthread_join@" SC_GLIBC_BASE);
__asm__(".symver pthread_detach,pthread_detach@" SC_GLIBC_BASE);
__asm__(".symver pthread_setname_np,pthread_setname_np@" SC_GLIBC_SETNAME);
__asm__(".symver pthread_sigmask,pthread_sigmask@" SC_GLIBC_BASE);
__asm__(".symver pthread_once,pthread_once@" SC_GLIBC_BASE);
__asm__(".symver sem_init,sem_init@" SC_GLIBC_BASE);
__asm__(".symver sem_destroy,sem_destroy@" SC_GLIBC_BASE);
__asm__(".symver sem_post,sem_post@" SC_GLIBC_BASE);
__asm__(".symver sem_wait,sem_wait@" SC_GLIBC_BASE);
__asm__(".symver exp,exp@" SC_GLIBC_BASE);
__asm__(".symver log,log@" SC_GLIBC_BASE);
__asm__(".symver pow,pow@" SC_GLIBC_BASE);
__asm__(".symver powf,powf@" SC_GLIBC_BASE);
#endif
