// Ray casting of random volumes and views, for AddressSanitizer and ThreadSanitizer. Pictures are compared with simple
// reference implementations, and must be equal for 1 to 8 threads.
#include <math.h>
#include <string.h>

#include "../error.h"
#include "../parallel.h"
#include "../volume_cast.h"
#include "brick_volume.h"
#include "check.h"
#include "random.h"

enum { ROUNDS = 40, WIDTH = 24, HEIGHT = 19, PIXELS = WIDTH * HEIGHT };

static void transform(const double m[16], const double in[4], double out[4]) {
	for (int row = 0; row < 4; ++row) {
		out[row] = m[row] * in[0] + m[4 + row] * in[1] + m[8 + row] * in[2] + m[12 + row] * in[3];
	}
}

// Gauss-Jordan elimination.
static void invert(const double matrix[16], double inverse[16]) {
	double m[4][8] = { 0 };
	for (int row = 0; row < 4; ++row) {
		for (int column = 0; column < 4; ++column) {
			m[row][column] = matrix[4 * column + row];
		}
		m[row][4 + row] = 1;
	}
	for (int pivot = 0; pivot < 4; ++pivot) {
		int best = pivot;
		for (int row = pivot; row < 4; ++row) {
			best = fabs(m[row][pivot]) > fabs(m[best][pivot]) ? row : best;
		}
		for (int column = 0; column < 8; ++column) {
			const double swapped = m[pivot][column];
			m[pivot][column] = m[best][column];
			m[best][column] = swapped;
		}
		for (int row = 0; row < 4; ++row) {
			const double factor = m[row][pivot] / m[pivot][pivot];
			for (int column = 0; row != pivot && column < 8; ++column) {
				m[row][column] -= factor * m[pivot][column];
			}
		}
	}
	for (int row = 0; row < 4; ++row) {
		for (int column = 0; column < 4; ++column) {
			inverse[4 * column + row] = m[row][4 + column] / m[row][row];
		}
	}
}

// A view of a volume from a random direction, in perspective or parallel, some of them along an axis.
static sc_cast_view_s random_view(const volume_s *volume, int round) {
	sc_cast_view_s view = { .step = random_between(0.3, 1.2), .mode = round % 2 };
	double axes[3][3] = { { 0 } };
	for (int axis = 0; axis < 3; ++axis) {
		if (round % 5 == 0) {
			axes[axis][(axis + round / 5) % 3] = random_below(2) ? 1 : -1;
		}
		for (int c = 0; c < 3 && round % 5 != 0; ++c) {
			axes[axis][c] = random_between(-1, 1);
		}
		view.to_world[4 * axis] = random_between(0.5, 2);
	}
	const double size = volume->shape[0] + volume->shape[1] + volume->shape[2];
	for (int row = 0; row < 3; ++row) {
		for (int axis = 0; axis < 3; ++axis) {
			view.to_voxel[4 * axis + row] = axes[axis][row] * size * random_between(0.3, 0.7);
		}
		view.to_voxel[12 + row] = volume->shape[row] / 2.0 + random_between(-2, 2);
	}
	view.to_voxel[15] = 1;
	view.to_voxel[11] = round % 3 == 0 ? 0 : random_between(-0.6, 0.6);
	invert(view.to_voxel, view.to_clip);
	return view;
}

typedef struct {
	double origin[3];
	double direction[3]; // per step
	double steps;
} ray_s;

static ray_s ray_of(const sc_cast_view_s *view, int pixel) {
	const double x = (2.0 * (pixel % WIDTH) + 1) / WIDTH - 1;
	const double y = (2.0 * (pixel / WIDTH) + 1) / HEIGHT - 1;
	double near[4];
	double far[4];
	transform(view->to_voxel, (const double[4]){ x, y, -1, 1 }, near);
	transform(view->to_voxel, (const double[4]){ x, y, 1, 1 }, far);
	ray_s ray;
	double squared = 0;
	for (int axis = 0; axis < 3; ++axis) {
		ray.origin[axis] = near[axis] / near[3];
		ray.direction[axis] = far[axis] / far[3] - ray.origin[axis];
		squared += pow(ray.direction[axis] * view->to_world[4 * axis], 2);
	}
	ray.steps = sqrt(squared) / view->step;
	for (int axis = 0; axis < 3; ++axis) {
		ray.direction[axis] /= ray.steps;
	}
	return ray;
}

// Length of a ray inside a box, in steps.
static double length_in(const ray_s *ray, const double low[3], const double high[3]) {
	double begin = 0;
	double end = ray->steps;
	for (int axis = 0; axis < 3; ++axis) {
		const double a = (low[axis] - ray->origin[axis]) / ray->direction[axis];
		const double b = (high[axis] - ray->origin[axis]) / ray->direction[axis];
		if (ray->direction[axis] == 0) {
			end = ray->origin[axis] < low[axis] || ray->origin[axis] > high[axis] ? -1 : end;
		} else {
			begin = fmax(begin, fmin(a, b));
			end = fmin(end, fmax(a, b));
		}
	}
	return end - begin;
}

static double interpolate(const volume_s *volume, const double place[3]) {
	double sum = 0;
	for (int corner = 0; corner < 8; ++corner) {
		double weight = 1;
		int64_t at[3];
		for (int axis = 0; axis < 3; ++axis) {
			const double inside = fmin(fmax(place[axis], 0), volume->shape[axis] - 1.0);
			at[axis] = (int64_t)inside + (corner >> axis & 1);
			weight *= 1 - fabs(inside - (double)at[axis]);
		}
		sum += weight > 0 ? weight * value_at(volume, at) : 0;
	}
	return sum;
}

static double faded(double value) {
	return value * fmin(1, value / 25.5);
}

static void check_maximum(const volume_s *volume, const sc_cast_view_s *view, int pixel, const uint8_t *color) {
	const ray_s ray = ray_of(view, pixel);
	double least = 0;
	double most = 0;
	const uint32_t *shape = volume->shape;
	for (uint32_t i = 0; i < shape[0] * shape[1] * shape[2]; ++i) {
		const int64_t at[3] = { i % shape[0], i / shape[0] % shape[1], i / shape[0] / shape[1] };
		const double value = value_at(volume, at);
		const double low[3] = { (double)at[0] - 0.5, (double)at[1] - 0.5, (double)at[2] - 0.5 };
		const double high[3] = { low[0] + 1, low[1] + 1, low[2] + 1 };
		// Rays that touch a voxel in a point may see it or not.
		const double length = length_in(&ray, low, high);
		const double slack = 5e-3;
		const double wider_low[3] = { low[0] - slack, low[1] - slack, low[2] - slack };
		const double wider_high[3] = { high[0] + slack, high[1] + slack, high[2] + slack };
		least = length > 5e-3 && value > least ? value : least;
		most = length_in(&ray, wider_low, wider_high) >= 0 && value > most ? value : most;
	}
	CHECK(color[0] >= faded(least) - 1.01 && color[0] <= faded(most) + 1.01);
}

static void check_samples(const volume_s *volume, const sc_cast_view_s *view, int pixel, const float *colors, const uint8_t *color) {
	const ray_s ray = ray_of(view, pixel);
	double expected[4] = { 0 };
	double best = 0;
	for (double t = 0; t <= ray.steps; ++t) {
		double place[3];
		int is_inside = 1;
		for (int axis = 0; axis < 3; ++axis) {
			place[axis] = ray.origin[axis] + t * ray.direction[axis];
			is_inside &= place[axis] >= -0.5 && place[axis] <= volume->shape[axis] - 0.5;
		}
		if (!is_inside) {
			continue;
		}
		const double value = interpolate(volume, place);
		best = value > best ? value : best;
		const float *entry = &colors[4 * (int)(value * 1023 / 255 + 0.5)];
		for (int c = 0; c < 4; ++c) {
			expected[c] += (1 - expected[3]) * (double)entry[3] * (c < 3 ? (double)entry[c] : 1);
		}
	}
	if (view->mode == SC_CAST_MAXIMUM) {
		CHECK(fabs(color[0] - faded(best)) < 2.5);
		return;
	}
	for (int c = 0; c < 4; ++c) {
		// Rays end at an opacity of 0.97; whether the outermost sample is inside depends on rounding.
		CHECK(fabs(color[c] - 255 * expected[c]) < 12);
	}
}

static void test_pictures(void) {
	float *colors = malloc(4 * SC_CAST_COLORS * sizeof(float));
	for (int i = 0; i < SC_CAST_COLORS; ++i) {
		const float value = (float)i / (SC_CAST_COLORS - 1);
		const float entry[4] = { value, 1 - value, 0.5f, i < 200 ? 0 : (value - 0.195f) * 0.1f };
		memcpy(&colors[4 * i], entry, sizeof(entry));
	}
	for (int round = 0; round < ROUNDS; ++round) {
		volume_s volume = volume_init(round % 7 == 0 ? 40 : 14, round % 3 == 0 ? 1 : 60);
		sc_cast_view_s view = random_view(&volume, round);
		view.is_linear = round / 2 % 2;
		view.is_fine = round / 3 % 2;
		set_visible(&volume, view.mode == SC_CAST_LIT ? 49 : 1);
		uint8_t *color = malloc(4 * PIXELS);
		float *depth = malloc(PIXELS * sizeof(float));
		uint8_t *first = malloc(4 * PIXELS);
		for (int threads = 1; threads <= SC_PARALLEL_MAX_THREADS; threads += 3) {
			sc_parallel_set_threads(threads);
			const uint32_t middle = random_below(HEIGHT + 1);
			const uint32_t parts[2][2] = { { middle, HEIGHT }, { 0, middle } };
			for (int part = 0; part < 2; ++part) {
				CHECK(sc_cast_rows(volume.voxels, volume.bricks * SC_BRICK_VOXELS, volume.shape, volume.maxima, volume.distances,
					volume.bricks, &view, colors, WIDTH, HEIGHT, parts[part][0], parts[part][1], color, depth, PIXELS) == SC_OK);
			}
			if (threads == 1) {
				memcpy(first, color, 4 * PIXELS);
			}
			CHECK(memcmp(first, color, 4 * PIXELS) == 0);
		}
		for (int pixel = 0; pixel < PIXELS; ++pixel) {
			if (view.mode == SC_CAST_MAXIMUM && !view.is_linear) {
				check_maximum(&volume, &view, pixel, &color[4 * pixel]);
			} else {
				check_samples(&volume, &view, pixel, colors, &color[4 * pixel]);
			}
			CHECK((depth[pixel] >= 0 && depth[pixel] <= 1) || depth[pixel] == SC_CAST_EMPTY);
			CHECK(depth[pixel] <= 1 || color[4 * pixel + 3] == 0);
		}
		free(color);
		free(depth);
		free(first);
		volume_destroy(&volume);
	}
	sc_parallel_set_threads(0);
	free(colors);
}

// What is beyond a plane is not shown: in a view along z, the right half, and the near half.
static void test_planes(void) {
	enum { SIDE = 16 };
	float *colors = malloc(4 * SC_CAST_COLORS * sizeof(float));
	for (int i = 0; i < 4 * SC_CAST_COLORS; ++i) {
		colors[i] = 1;
	}
	volume_s volume = volume_init(SIDE, 1);
	memset(volume.voxels, 200, volume.bricks * SC_BRICK_VOXELS);
	memset(volume.maxima, 200, volume.bricks);
	memset(volume.distances, 0, volume.bricks);
	const double *shape = (const double[]){ volume.shape[0], volume.shape[1], volume.shape[2] };
	uint8_t *color = malloc(4 * PIXELS);
	float *depth = malloc(PIXELS * sizeof(float));
	for (int round = 0; round < 4; ++round) {
		sc_cast_view_s view = { .step = 0.25, .mode = round % 2, .is_linear = round / 2, .plane_count = 2 };
		for (int axis = 0; axis < 3; ++axis) {
			view.to_voxel[5 * axis] = shape[axis] / 2;
			view.to_voxel[12 + axis] = shape[axis] / 2 - 0.5;
			view.to_world[4 * axis] = 1;
		}
		view.to_voxel[15] = 1;
		invert(view.to_voxel, view.to_clip);
		const double planes[2][4] = { { -1, 0, 0, shape[0] / 2 - 0.5 }, { 0, 0, 1, -(shape[2] / 2 - 0.5) } };
		memcpy(view.planes, planes, sizeof(planes));
		CHECK(sc_cast_rows(volume.voxels, volume.bricks * SC_BRICK_VOXELS, volume.shape, volume.maxima, volume.distances, volume.bricks,
			&view, colors, WIDTH, HEIGHT, 0, HEIGHT, color, depth, PIXELS) == SC_OK);
		for (int pixel = 0; pixel < PIXELS; ++pixel) {
			CHECK((depth[pixel] <= 1) == (pixel % WIDTH < WIDTH / 2));
			CHECK(depth[pixel] > 1 || depth[pixel] >= 0.49f);
		}
	}
	free(color);
	free(depth);
	free(colors);
	volume_destroy(&volume);
}

// Shading and degenerate views: any numbers give a picture.
static void test_wild_views(void) {
	const double wild[] = { 0, NAN, INFINITY, -INFINITY, 1e300, -1e-300, 1e20, 1 };
	float *colors = malloc(4 * SC_CAST_COLORS * sizeof(float));
	for (int i = 0; i < 4 * SC_CAST_COLORS; ++i) {
		colors[i] = i % 101 == 0 ? NAN : (float)random_between(-1, 3);
	}
	volume_s volume = volume_init(30, 50);
	set_visible(&volume, 1);
	uint8_t *color = malloc(4 * PIXELS);
	float *depth = malloc(PIXELS * sizeof(float));
	for (int round = 0; round < 400; ++round) {
		sc_cast_view_s view = random_view(&volume, round);
		double *numbers = (double *)&view;
		for (int i = 0; i < 9; ++i) {
			view.to_normal[i] = random_between(-1, 1);
		}
		for (int i = 0; i < (int)random_below(4); ++i) {
			numbers[random_below(50)] = wild[random_below(8)];
		}
		view.is_linear = round / 2 % 2;
		view.is_fine = round / 4 % 2;
		CHECK(sc_cast_rows(volume.voxels, volume.bricks * SC_BRICK_VOXELS, volume.shape, volume.maxima, volume.distances, volume.bricks,
			&view, colors, WIDTH, HEIGHT, 0, HEIGHT, color, depth, PIXELS) == SC_OK);
	}
	free(color);
	free(depth);
	free(colors);
	volume_destroy(&volume);
}

static void test_invalid(void) {
	const uint32_t shape[4] = { 4, 4, 4, 1 };
	const uint32_t large[4] = { UINT32_MAX, UINT32_MAX, UINT32_MAX, 1 };
	uint8_t voxels[SC_BRICK_VOXELS] = { 0 };
	uint8_t range[1] = { 0 };
	uint8_t color[16];
	float depth[4];
	float *colors = calloc(4 * SC_CAST_COLORS, sizeof(float));
	sc_cast_view_s view = { .step = 1 };
	CHECK(sc_cast_rows(voxels, 512, shape, range, range, 1, &view, colors, 2, 2, 0, 2, color, depth, 4) == SC_OK);
	CHECK(sc_cast_rows(voxels, 511, shape, range, range, 1, &view, colors, 2, 2, 0, 2, color, depth, 4) == SC_E_TOO_SMALL);
	CHECK(sc_cast_rows(voxels, 512, shape, range, range, 1, &view, colors, 2, 2, 0, 2, color, depth, 3) == SC_E_TOO_SMALL);
	CHECK(sc_cast_rows(voxels, 512, shape, range, range, 1, &view, colors, 2, 2, 0, 3, color, depth, 4) == SC_E_INVALID);
	CHECK(sc_cast_rows(voxels, 512, shape, range, range, 1, &view, colors, 0, 2, 0, 2, color, depth, 4) == SC_E_INVALID);
	CHECK(sc_cast_rows(voxels, 512, large, range, range, 1, &view, colors, 2, 2, 0, 2, color, depth, 4) == SC_E_INVALID);
	view.step = NAN;
	CHECK(sc_cast_rows(voxels, 512, shape, range, range, 1, &view, colors, 2, 2, 0, 2, color, depth, 4) == SC_E_INVALID);
	free(colors);
}

int main(void) {
	test_pictures();
	test_planes();
	test_wild_views();
	test_invalid();
	printf("cast: ok\n");
	return 0;
}
