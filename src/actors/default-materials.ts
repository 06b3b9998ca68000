import {
  LineBasicMaterial,
  type Material,
  MeshLambertMaterial,
  PointsMaterial,
  type Side,
  type Sphere,
  Vector4,
} from "three";

/** A warm white: neutral, so that shapes are easy to see, and distinct from the grey of a failed load. */
const SURFACE_COLOR = 0xd9d2c5;

/** Default material of surfaces. Without a specular highlight, which takes a software driver a third of the time of a frame. */
export function surfaceMaterial(options: { vertexColors: boolean; flat: boolean; side: Side }): Material {
  return new MeshLambertMaterial({
    color: options.vertexColors ? 0xffffff : SURFACE_COLOR,
    vertexColors: options.vertexColors,
    flatShading: options.flat,
    side: options.side,
  });
}

/**
 * Default material of points. Their size in pixels is constant, so that a scan is a closed surface from afar. They are darker at the back
 * of their bounding sphere, since they have no other shading.
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

/** Default material of lines. */
export function lineMaterial(vertexColors: boolean): Material {
  return new LineBasicMaterial({ color: vertexColors ? 0xffffff : SURFACE_COLOR, vertexColors });
}
