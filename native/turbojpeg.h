// The used part of the TurboJPEG 3 API, bound at run time, so that building does not require its headers.
// Source: the API documentation of libjpeg-turbo 3.
#pragma once

#include <stddef.h>

#include "scenecast.h"

enum { SC_TJ_INIT_COMPRESS = 0, SC_TJ_INIT_DECOMPRESS = 1 };

enum {
	SC_TJ_PARAM_BOTTOMUP = 1,
	SC_TJ_PARAM_NOREALLOC = 2,
	SC_TJ_PARAM_QUALITY = 3,
	SC_TJ_PARAM_SUBSAMP = 4,
	SC_TJ_PARAM_JPEGWIDTH = 5,
	SC_TJ_PARAM_JPEGHEIGHT = 6,
	SC_TJ_PARAM_PRECISION = 7,
	SC_TJ_PARAM_COLORSPACE = 8,
	SC_TJ_PARAM_SCANLIMIT = 13,
	SC_TJ_PARAM_RESTARTROWS = 19,
};

enum { SC_TJ_FORMAT_RGB = 0, SC_TJ_FORMAT_RGBX = 2, SC_TJ_FORMAT_RGBA = 7 };
enum { SC_TJ_SAMP_444 = 0, SC_TJ_SAMP_422 = 1, SC_TJ_SAMP_420 = 2 };
enum { SC_TJ_COLORSPACE_CMYK = 3, SC_TJ_COLORSPACE_YCCK = 4 };

typedef struct {
	void *(*init)(int kind);
	void (*destroy)(void *handle);
	int (*set)(void *handle, int parameter, int value);
	int (*get)(void *handle, int parameter);
	char *(*error_string)(void *handle);
	size_t (*buffer_size)(int width, int height, int subsampling);
	int (*compress)(void *handle, const uint8_t *pixels, int width, int pitch, int height, int format,
		uint8_t **jpeg, size_t *jpeg_size);
	int (*decompress_header)(void *handle, const uint8_t *jpeg, size_t jpeg_size);
	int (*decompress)(void *handle, const uint8_t *jpeg, size_t jpeg_size, uint8_t *pixels, int pitch, int format);
} sc_turbojpeg_s;

// Loads the library at `path`, once per process; later calls do nothing.
SC_EXPORT int sc_turbojpeg_load(const char *path);

// The bound functions, or NULL (with an error set) before a successful load.
const sc_turbojpeg_s *sc_turbojpeg(void);
