// Point splatting on random and malformed point clouds, for ThreadSanitizer and AddressSanitizer. The image is compared with a simple
// reference implementation, and must be equal for 1 to 8 threads.
#include <math.h>
#include <string.h>

#include "../error.h"
#include "../parallel.h"
#include "../point_splat.h"
#include "check.h"
#include "random.h"
#include "splat_image.h"

enum { ROUNDS = 40, MAX_POINTS = 200000 };

// -1.2 to 1.2 in steps that are exact in float32, so that the reference rounds as the splatter does.
static float random_coordinate(void) {
	return random_below(100) == 0 ? wild_coordinate() : (float)((int)random_below(4915) - 2457) / 2048;
}

// Cuts off the points with x + y > 0.5, in numbers that are exact.
static const sc_clip_s CLIP = { { { -1, -1, 0, 0.5f } }, 1 };

static void draw(image_s *image, const float *points, uint64_t count, uint64_t middle, uint32_t stride, const double *matrix,
	const uint32_t *colors, const sc_clip_s *clip) {
	const sc_splat_view_s *view = &image->view;
	CHECK(sc_splat_clear(view, image->cells, image->cell_count) == SC_OK);
	CHECK(sc_splat_add(view, image->cells, image->cell_count, points, count, middle, count, stride, matrix, clip) == SC_OK);
	CHECK(sc_splat_add(view, image->cells, image->cell_count, points, count, 0, middle, stride, matrix, clip) == SC_OK);
	CHECK(sc_splat_resolve(view, image->cells, image->cell_count, image->depth, colors, count, image->color,
		image->pixels) == SC_OK);
}

// Reference implementation for the identity matrix: the square of each point covers the pixels whose centres are in it.
static void draw_reference(image_s *image, const float *points, uint64_t count, const uint32_t *colors, const sc_clip_s *clip) {
	const int width = (int)image->view.width;
	const int height = (int)image->view.height;
	const int size = (int)image->view.point_size;
	for (uint64_t pixel = 0; pixel < image->pixels; ++pixel) {
		image->depth[pixel] = SC_SPLAT_EMPTY;
	}
	for (uint64_t point = 0; point < count; ++point) {
		const float *at = &points[3 * point];
		const float depth = 0.5f * at[2] + 0.5f;
		const double x = floor((at[0] + 1.0) * width / 2 - size / 2.0 + 0.5);
		const double y = floor((at[1] + 1.0) * height / 2 - size / 2.0 + 0.5);
		if (clip != NULL && !(-at[0] - at[1] + 0.5f >= 0)) {
			continue;
		}
		if (!(depth >= 0 && depth <= 1 && x > -size && x < width && y > -size && y < height)) {
			continue;
		}
		for (int row = (int)y < 0 ? 0 : (int)y; row < (int)y + size && row < height; ++row) {
			for (int column = (int)x < 0 ? 0 : (int)x; column < (int)x + size && column < width; ++column) {
				if (depth < image->depth[row * width + column]) {
					image->depth[row * width + column] = depth;
					image->color[row * width + column] = colors[point];
				}
			}
		}
	}
}

static void test_random_clouds(void) {
	const double identity[16] = { 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1 };
	const double wild[16] = { 0.7, 0.1, 3, 0.9, -0.3, 0.8, NAN, 0, 0.2, 0, -1, -1, 0, INFINITY, 0.5, 2 };
	for (int round = 0; round < ROUNDS; ++round) {
		const uint64_t count = random_below(round % 4 == 0 ? MAX_POINTS : 300);
		float *points = malloc(3 * count * sizeof(float) + 1);
		uint32_t *colors = malloc(count * sizeof(uint32_t) + 1);
		for (uint64_t i = 0; i < count; ++i) {
			colors[i] = random_below(1 << 24) | 0xff000000u;
			for (int axis = 0; axis < 3; ++axis) {
				points[3 * i + (uint64_t)axis] = random_coordinate();
			}
		}
		// Powers of 2, for exact results.
		const sc_splat_view_s view = { 1u << random_below(8), 1u << random_below(8), 1 + random_below(round % 3 == 0 ? 70 : 9) };
		image_s expected = image_init(view);
		image_s image = image_init(view);
		const sc_clip_s *clip = round % 2 == 0 ? &CLIP : NULL;
		draw_reference(&expected, points, count, colors, clip);
		for (int threads = 1; threads <= SC_PARALLEL_MAX_THREADS; threads += 3) {
			sc_parallel_set_threads(threads);
			draw(&image, points, count, random_below((uint32_t)count + 1), 1, identity, colors, clip);
			CHECK(memcmp(image.depth, expected.depth, image.pixels * sizeof(float)) == 0);
			CHECK(memcmp(image.color, expected.color, image.pixels * sizeof(uint32_t)) == 0);
		}
		const uint32_t stride = 2 + random_below(50);
		draw(&expected, points, count, count, stride, wild, colors, clip);
		sc_parallel_set_threads(1);
		draw(&image, points, count, count, stride, wild, NULL, clip);
		CHECK(memcmp(image.depth, expected.depth, image.pixels * sizeof(float)) == 0);
		image_destroy(&expected);
		image_destroy(&image);
		free(points);
		free(colors);
	}
	sc_parallel_set_threads(0);
}

// Each block of successive points, including a shorter last one, contributes one point.
static void test_sample(void) {
	const double identity[16] = { 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1 };
	enum { POINTS = 1003, STRIDE = 10 };
	float *points = malloc(3 * POINTS * sizeof(float));
	for (int i = 0; i < POINTS; ++i) {
		points[3 * i] = (2 * i + 1) / (float)POINTS - 1;
		points[3 * i + 1] = points[3 * i + 2] = 0;
	}
	image_s image = image_init((sc_splat_view_s){ POINTS, 1, 1 });
	draw(&image, points, POINTS, POINTS, STRIDE, identity, NULL, NULL);
	uint32_t places = 0;
	for (int first = 0; first < POINTS; first += STRIDE) {
		int found = 0;
		for (int i = first; i < first + STRIDE && i < POINTS; ++i) {
			if (image.depth[i] < SC_SPLAT_EMPTY) {
				++found;
				places |= 1u << (i - first);
			}
		}
		CHECK(found == 1);
	}
	CHECK(places == (1 << STRIDE) - 1);
	image_destroy(&image);
	free(points);
}

static void test_colors(void) {
	const float linear[6] = { 0, 1, 0.21404114f, NAN, -1, 7 };
	uint32_t packed[2];
	CHECK(sc_splat_pack_colors(linear, 2, packed, 2) == SC_OK);
	CHECK(packed[0] == (0xff80ff00u | 0) || packed[0] == 0xff7fff00u);
	CHECK(packed[1] == 0xffff0000u);
	CHECK(sc_splat_pack_colors(linear, 2, packed, 1) == SC_E_TOO_SMALL);
}

static void test_invalid(void) {
	const double identity[16] = { 1 };
	const float points[6] = { 0 };
	uint64_t cells[4];
	float depth[4];
	const sc_splat_view_s view = { 2, 2, 1 };
	const sc_splat_view_s invalid[] = { { 0, 2, 1 }, { 2, 0, 1 }, { 2, 2, 0 }, { SC_SPLAT_MAX_SIDE + 1, 2, 1 },
		{ 2, UINT32_MAX, 1 }, { 2, 2, UINT32_MAX } };
	for (size_t i = 0; i < sizeof(invalid) / sizeof(*invalid); ++i) {
		CHECK(sc_splat_cells(&invalid[i]) == 0);
		CHECK(sc_splat_clear(&invalid[i], cells, 4) == SC_E_INVALID);
	}
	CHECK(sc_splat_cells(&view) == 4);
	CHECK(sc_splat_clear(&view, cells, 3) == SC_E_TOO_SMALL);
	CHECK(sc_splat_add(&view, cells, 3, points, 2, 0, 2, 1, identity, NULL) == SC_E_TOO_SMALL);
	CHECK(sc_splat_add(&view, cells, 4, points, 2, 0, 3, 1, identity, NULL) == SC_E_INVALID);
	CHECK(sc_splat_add(&view, cells, 4, points, 2, 2, 1, 1, identity, NULL) == SC_E_INVALID);
	CHECK(sc_splat_add(&view, cells, 4, points, 2, 0, 2, 0, identity, NULL) == SC_E_INVALID);
	CHECK(sc_splat_add(&view, cells, 4, points, UINT64_MAX, 0, 2, 1, identity, NULL) == SC_E_INVALID);
	CHECK(sc_splat_resolve(&view, cells, 4, depth, NULL, 2, NULL, 3) == SC_E_TOO_SMALL);
}

int main(void) {
	test_random_clouds();
	test_sample();
	test_colors();
	test_invalid();
	printf("splat: ok\n");
	return 0;
}
