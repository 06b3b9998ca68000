import { LineBasicMaterial, type Material, MeshLambertMaterial, PointsMaterial, type Side } from "three";

/** A warm bone white: neutral enough to judge shape by, and not the grey of something that failed to load. */
const SURFACE_COLOR = 0xd9d2c5;

/**
 * The material of surfaces that bring none. Matt: Phong's highlight costs a software driver a third of its time.
 * Meshes in science are often open (scans, cortical surfaces) or wound either way, so both sides are drawn unless
 * the caller knows that one is hidden.
 */
export function surfaceMaterial(options: { vertexColors: boolean; flat: boolean; side: Side }): Material {
  return new MeshLambertMaterial({
    color: options.vertexColors ? 0xffffff : SURFACE_COLOR,
    vertexColors: options.vertexColors,
    flatShading: options.flat,
    side: options.side,
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
