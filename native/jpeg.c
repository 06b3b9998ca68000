#include "jpeg.h"

#include <string.h>

#include "error.h"

// Maximum number of scans. A progressive file may declare thousands over a large image and keep a decoder busy for minutes.
#define SCAN_LIMIT 100

bool sc_jpeg_is_scaled(const sc_jpeg_params_s *params) {
	return params->image.width != params->width || params->image.height != params->height;
}

int sc_jpeg_check(const sc_jpeg_params_s *params) {
	if (sc_image_check_sides(params->width, params->height, SC_JPEG_MAX_SIDE, "a JPEG") < 0) {
		return sc_error_code();
	}
	if (params->quality < 1 || params->quality > 100) {
		return sc_fail(SC_E_INVALID, "JPEG quality is 1 to 100, not %d", params->quality);
	}
	if (params->subsampling < SC_TJ_SAMP_444 || params->subsampling > SC_TJ_SAMP_420) {
		return sc_fail(SC_E_INVALID, "unknown subsampling %d", params->subsampling);
	}
	return sc_image_check(&params->image, SC_JPEG_MAX_SIDE, "a JPEG");
}

int sc_jpeg_encoder_init(sc_jpeg_encoder_s *encoder) {
	memset(encoder, 0, sizeof(*encoder));
	const sc_turbojpeg_s *tj = sc_turbojpeg();
	if (tj == NULL) {
		return sc_error_code();
	}
	encoder->handle = tj->init(SC_TJ_INIT_COMPRESS);
	if (encoder->handle == NULL) {
		return sc_fail(SC_E_SYSTEM, "no JPEG encoder: %s", tj->error_string(NULL));
	}
	tj->set(encoder->handle, SC_TJ_PARAM_NOREALLOC, 1);
	return SC_OK;
}

void sc_jpeg_encoder_destroy(sc_jpeg_encoder_s *encoder) {
	if (encoder->handle != NULL) {
		sc_turbojpeg()->destroy(encoder->handle);
	}
	free(encoder->buffer);
	memset(encoder, 0, sizeof(*encoder));
}

// The worst case is larger than the image; pages that no encoding touches are never committed.
static int ensure_capacity(sc_jpeg_encoder_s *encoder, size_t needed) {
	if (needed == 0) {
		return sc_fail(SC_E_INVALID, "the image is too large for a JPEG");
	}
	if (encoder->capacity < needed) {
		free(encoder->buffer);
		encoder->buffer = malloc(needed);
		encoder->capacity = encoder->buffer != NULL ? needed : 0;
	}
	return encoder->buffer != NULL ? SC_OK : sc_fail(SC_E_SYSTEM, "no memory: a JPEG may need %zu bytes", needed);
}

int sc_jpeg_encode(sc_jpeg_encoder_s *encoder, const sc_jpeg_params_s *params, uint8_t **jpeg, size_t *jpeg_size) {
	if (sc_jpeg_check(params) < 0) {
		return sc_error_code();
	}
	const sc_turbojpeg_s *tj = sc_turbojpeg();
	const sc_image_s *image = &params->image;
	if (ensure_capacity(encoder, tj->buffer_size(image->width, image->height, params->subsampling)) < 0) {
		return sc_error_code();
	}
	tj->set(encoder->handle, SC_TJ_PARAM_QUALITY, params->quality);
	tj->set(encoder->handle, SC_TJ_PARAM_SUBSAMP, params->subsampling);
	tj->set(encoder->handle, SC_TJ_PARAM_BOTTOMUP, image->bottom_up != 0);
	tj->set(encoder->handle, SC_TJ_PARAM_RESTARTROWS, params->restart_rows);
	uint8_t *out = encoder->buffer;
	size_t out_size = encoder->capacity;
	const int format = image->channels == 4 ? SC_TJ_FORMAT_RGBX : SC_TJ_FORMAT_RGB;
	if (tj->compress(encoder->handle, image->pixels, image->width, image->width * image->channels,
			image->height, format, &out, &out_size) < 0) {
		return sc_fail(SC_E_CORRUPT, "cannot encode: %s", tj->error_string(encoder->handle));
	}
	*jpeg = out;
	*jpeg_size = out_size;
	return SC_OK;
}

// Reads the header. NULL on error; the caller destroys the handle.
static void *open_decoder(const uint8_t *jpeg, uint64_t jpeg_size) {
	const sc_turbojpeg_s *tj = sc_turbojpeg();
	if (tj == NULL) {
		return NULL;
	}
	if (jpeg == NULL || jpeg_size < 4 || jpeg[0] != 0xFF || jpeg[1] != 0xD8) {
		sc_fail(SC_E_CORRUPT, "not a JPEG: it does not begin with FF D8");
		return NULL;
	}
	void *handle = tj->init(SC_TJ_INIT_DECOMPRESS);
	if (handle == NULL) {
		sc_fail(SC_E_SYSTEM, "no JPEG decoder: %s", tj->error_string(NULL));
		return NULL;
	}
	tj->set(handle, SC_TJ_PARAM_SCANLIMIT, SCAN_LIMIT);
	if (tj->decompress_header(handle, jpeg, jpeg_size) < 0) {
		sc_fail(SC_E_CORRUPT, "broken JPEG header: %s", tj->error_string(handle));
		tj->destroy(handle);
		return NULL;
	}
	return handle;
}

int sc_jpeg_read_size(const uint8_t *jpeg, uint64_t jpeg_size, uint64_t max_pixels, int32_t *size) {
	void *handle = open_decoder(jpeg, jpeg_size);
	if (handle == NULL) {
		return sc_error_code();
	}
	const sc_turbojpeg_s *tj = sc_turbojpeg();
	const int width = tj->get(handle, SC_TJ_PARAM_JPEGWIDTH);
	const int height = tj->get(handle, SC_TJ_PARAM_JPEGHEIGHT);
	const int precision = tj->get(handle, SC_TJ_PARAM_PRECISION);
	const int colorspace = tj->get(handle, SC_TJ_PARAM_COLORSPACE);
	tj->destroy(handle);
	if (width < 1 || height < 1) {
		return sc_fail(SC_E_CORRUPT, "broken JPEG header: %dx%d pixels", width, height);
	}
	if ((uint64_t)width * (uint64_t)height > max_pixels) {
		return sc_fail(SC_E_INVALID, "a JPEG of %dx%d has more than %llu pixels", width, height,
			(unsigned long long)max_pixels);
	}
	if (precision != 8) {
		return sc_fail(SC_E_INVALID, "a JPEG with %d bits per sample cannot be read, only 8", precision);
	}
	if (colorspace == SC_TJ_COLORSPACE_CMYK || colorspace == SC_TJ_COLORSPACE_YCCK) {
		return sc_fail(SC_E_INVALID, "a CMYK JPEG cannot be read: convert it to RGB");
	}
	size[0] = width;
	size[1] = height;
	return SC_OK;
}

int sc_jpeg_decode(const uint8_t *jpeg, uint64_t jpeg_size, uint8_t *pixels, uint64_t pixels_size) {
	void *handle = open_decoder(jpeg, jpeg_size);
	if (handle == NULL) {
		return sc_error_code();
	}
	const sc_turbojpeg_s *tj = sc_turbojpeg();
	int result = SC_OK;
	const int width = tj->get(handle, SC_TJ_PARAM_JPEGWIDTH);
	const int height = tj->get(handle, SC_TJ_PARAM_JPEGHEIGHT);
	if (width < 1 || height < 1 || (uint64_t)width * (uint64_t)height * 4 != pixels_size) {
		result = sc_fail(SC_E_TOO_SMALL, "a JPEG of %dx%d does not match %llu bytes", width, height,
			(unsigned long long)pixels_size);
	} else if (tj->decompress(handle, jpeg, jpeg_size, pixels, width * 4, SC_TJ_FORMAT_RGBA) < 0) {
		result = sc_fail(SC_E_CORRUPT, "broken JPEG: %s", tj->error_string(handle));
	}
	tj->destroy(handle);
	return result;
}
