// Decodes VP8 for tests in TypeScript. Standard input: frames of one stream, each preceded by its length (u32, little-endian). Prints
// one line per frame: width, height, and the means of luma, blue and red chroma; or "broken".
#include <vpx/vp8dx.h>
#include <vpx/vpx_decoder.h>

#include "check.h"

enum { MAX_BYTES = 1 << 24 };

static double mean_of(const vpx_image_t *image, int plane) {
	const unsigned int width = plane == VPX_PLANE_Y ? image->d_w : (image->d_w + 1) / 2;
	const unsigned int height = plane == VPX_PLANE_Y ? image->d_h : (image->d_h + 1) / 2;
	double sum = 0;
	for (unsigned int y = 0; y < height; ++y) {
		for (unsigned int x = 0; x < width; ++x) {
			sum += image->planes[plane][y * (unsigned int)image->stride[plane] + x];
		}
	}
	return sum / width / height;
}

static void print(const vpx_image_t *image) {
	printf("%u %u %.2f %.2f %.2f\n", image->d_w, image->d_h, mean_of(image, VPX_PLANE_Y), mean_of(image, VPX_PLANE_U),
		mean_of(image, VPX_PLANE_V));
}

int main(void) {
	vpx_codec_ctx_t decoder;
	CHECK(vpx_codec_dec_init(&decoder, vpx_codec_vp8_dx(), NULL, 0) == VPX_CODEC_OK);
	unsigned char *bytes = malloc(MAX_BYTES);
	unsigned char length[4];
	CHECK(bytes != NULL);
	while (fread(length, 1, 4, stdin) == 4) {
		const size_t size = length[0] | (size_t)length[1] << 8 | (size_t)length[2] << 16 | (size_t)length[3] << 24;
		CHECK(size <= MAX_BYTES && fread(bytes, 1, size, stdin) == size);
		vpx_codec_iter_t next = NULL;
		const int ok = vpx_codec_decode(&decoder, bytes, (unsigned int)size, NULL, 0) == VPX_CODEC_OK;
		const vpx_image_t *image = ok ? vpx_codec_get_frame(&decoder, &next) : NULL;
		if (image != NULL) {
			print(image);
		} else {
			puts("broken");
		}
	}
	return 0;
}
