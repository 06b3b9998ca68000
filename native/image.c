#include "image.h"

#include "error.h"

int sc_image_check_sides(int width, int height, int max_side, const char *format) {
	if (width < 1 || height < 1 || width > max_side || height > max_side) {
		return sc_fail(SC_E_INVALID, "an image of %dx%d cannot be %s: each side must be 1 to %d", width, height, format,
			max_side);
	}
	return SC_OK;
}

int sc_image_check(const sc_image_s *image, int max_side, const char *format) {
	if (sc_image_check_sides(image->width, image->height, max_side, format) < 0) {
		return sc_error_code();
	}
	if (image->channels != 3 && image->channels != 4) {
		return sc_fail(SC_E_INVALID, "an image has 3 or 4 bytes per pixel, not %d", image->channels);
	}
	const uint64_t needed = sc_image_stride(image) * (uint64_t)image->height;
	if (image->pixels == NULL || image->size < needed) {
		return sc_fail(SC_E_TOO_SMALL, "%dx%d with %d bytes per pixel needs %llu bytes, but has %llu", image->width,
			image->height, image->channels, (unsigned long long)needed, (unsigned long long)image->size);
	}
	return SC_OK;
}
