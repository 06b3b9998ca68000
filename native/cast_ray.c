#include "cast_ray.h"

int sc_ray_init(ray_s *ray, const cast_s *cast, uint32_t column, uint32_t row) {
	const sc_cast_view_s *view = cast->view;
	const double x = (2.0 * column + 1) / cast->width - 1;
	const double y = (2.0 * row + 1) / cast->height - 1;
	double near[4];
	double far[4];
	transform(view->to_voxel, x, y, -1, near);
	transform(view->to_voxel, x, y, 1, far);
	double direction[3];
	double world[3] = { 0 };
	for (int axis = 0; axis < 3; ++axis) {
		near[axis] /= near[3];
		direction[axis] = far[axis] / far[3] - near[axis];
	}
	for (int axis = 0; axis < 3; ++axis) {
		for (int out = 0; out < 3; ++out) {
			world[out] += view->to_world[3 * axis + out] * direction[axis];
		}
	}
	const double length = sqrt(world[0] * world[0] + world[1] * world[1] + world[2] * world[2]);
	double begin = 0;
	const double steps = length / view->step;
	double end = steps;
	for (int axis = 0; axis < 3; ++axis) {
		const double per_step = direction[axis] / steps;
		const double low = (-0.5 - near[axis]) / per_step;
		const double high = ((double)cast->dims[axis] - 0.5 - near[axis]) / per_step;
		if (per_step == 0) {
			if (near[axis] < -0.5 || near[axis] > (double)cast->dims[axis] - 0.5) {
				return 0;
			}
		} else {
			begin = fmax(begin, fmin(low, high));
			end = fmin(end, fmax(low, high));
		}
		direction[axis] = per_step;
	}
	for (int i = 0; i < SC_CAST_MAX_PLANES && i < view->plane_count; ++i) {
		const double *plane = view->planes[i];
		const double at_start = plane[0] * near[0] + plane[1] * near[1] + plane[2] * near[2] + plane[3];
		const double per_step = plane[0] * direction[0] + plane[1] * direction[1] + plane[2] * direction[2];
		if (per_step > 0) {
			begin = fmax(begin, -at_start / per_step);
		} else if (per_step < 0) {
			end = fmin(end, -at_start / per_step);
		} else if (at_start < 0) {
			return 0;
		}
	}
	// NaN fails the comparison. The limit keeps a step larger than the rounding of float32.
	if (!(begin < end && end - begin < 1 << 20)) {
		return 0;
	}
	// The origin is close to the volume, on a whole step, so that float32 is precise enough and samples of neighbouring rays match.
	const double start = floor(begin);
	for (int axis = 0; axis < 3; ++axis) {
		ray->origin[axis] = (float)(near[axis] + start * direction[axis]);
		ray->direction[axis] = (float)direction[axis];
		ray->inverse[axis] = 1 / ray->direction[axis];
	}
	ray->t = (float)(begin - start);
	ray->end = (float)(end - start);
	return 1;
}
