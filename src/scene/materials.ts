import { DoubleSide, LineBasicMaterial, type Material, MeshPhongMaterial, PointsMaterial } from "three";

/** A warm bone white: neutral enough to judge shape by, and not the grey of something that failed to load. */
const SURFACE_COLOR = 0xd9d2c5;

/**
 * The material of surfaces that bring none. Both sides are drawn: meshes in science are often open (scans, cortical
 * surfaces) or wound either way.
 */
export function surfaceMaterial(options: { vertexColors: boolean; flat: boolean }): Material {
  return new MeshPhongMaterial({
    color: options.vertexColors ? 0xffffff : SURFACE_COLOR,
    vertexColors: options.vertexColors,
    flatShading: options.flat,
    specular: 0x1c1c1c,
    shininess: 24,
    side: DoubleSide,
  });
}

/** Points are 2 px wide, whatever the distance: a scan is seen as a surface from afar and as points from near. */
export function pointMaterial(vertexColors: boolean): Material {
  return new PointsMaterial({
    color: vertexColors ? 0xffffff : SURFACE_COLOR,
    vertexColors,
    size: 2,
    sizeAttenuation: false,
  });
}

export function lineMaterial(vertexColors: boolean): Material {
  return new LineBasicMaterial({ color: vertexColors ? 0xffffff : SURFACE_COLOR, vertexColors });
}
