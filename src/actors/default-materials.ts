import {
  LineBasicMaterial,
  type Material,
  MeshLambertMaterial,
  PointsMaterial,
  type Side,
  type Sphere,
  Vector4,
} from "three";

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

/**
 * The material of points: of the same size at any distance, so that a scan is a surface from afar and points from near, and
 * darker at the back of the sphere around them, since points have no other shading to show their shape by.
 */
export function pointMaterial(vertexColors: boolean, { center, radius }: Sphere): Material {
  const material = new PointsMaterial({
    color: vertexColors ? 0xffffff : SURFACE_COLOR,
    vertexColors,
    sizeAttenuation: false,
  });
  material.onBeforeCompile = (shader) => {
    shader.uniforms.cloud = { value: new Vector4(center.x, center.y, center.z, radius || 1) };
    shader.vertexShader = shader.vertexShader
      .replace("#include <common>", "#include <common>\nuniform vec4 cloud;\nvarying float vDepth;")
      .replace(
        "#include <fog_vertex>",
        `#include <fog_vertex>
        float behind = (modelViewMatrix * vec4(cloud.xyz, 1.0)).z - mvPosition.z;
        vDepth = behind / (cloud.w * length(modelViewMatrix[0].xyz));`,
      );
    shader.fragmentShader = shader.fragmentShader
      .replace("#include <common>", "#include <common>\nvarying float vDepth;")
      .replace(
        "#include <color_fragment>",
        "#include <color_fragment>\ndiffuseColor.rgb *= mix(1.0, 0.16, smoothstep(-1.0, 1.0, vDepth));",
      );
  };
  material.customProgramCacheKey = () => "scenecast points";
  return material;
}

export function lineMaterial(vertexColors: boolean): Material {
  return new LineBasicMaterial({ color: vertexColors ? 0xffffff : SURFACE_COLOR, vertexColors });
}
