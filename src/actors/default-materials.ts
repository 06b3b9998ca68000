import {
  LineBasicMaterial,
  type Material,
  MeshLambertMaterial,
  PointsMaterial,
  type Side,
  type Sphere,
  Vector4,
} from "three";

/** A warm bone white: neutral, and distinct from the grey of an object that failed to load. */
const SURFACE_COLOR = 0xd9d2c5;

/** Fragment shader code that darkens points; `vDepth` is their distance behind the centre of their bounding sphere, in radii. */
export const POINT_SHADING = "diffuseColor.rgb *= mix(1.0, 0.16, smoothstep(-1.0, 1.0, vDepth));";

export function pointColor(vertexColors: boolean, color?: string): string | number {
  return vertexColors ? 0xffffff : (color ?? SURFACE_COLOR);
}

/**
 * Creates the default material of surfaces. It has no highlights: Phong shading takes a third of the frame time of a
 * software driver.
 *
 * @param options.side DoubleSide unless one side is known to be hidden: scientific meshes are often open (scans,
 *   cortical surfaces) or have inconsistent winding
 */
export function surfaceMaterial(options: {
  vertexColors: boolean;
  flat: boolean;
  side: Side;
  color?: string | undefined;
}): Material {
  return new MeshLambertMaterial({
    color: options.vertexColors ? 0xffffff : (options.color ?? SURFACE_COLOR),
    vertexColors: options.vertexColors,
    flatShading: options.flat,
    side: options.side,
  });
}

/**
 * Creates the default material of points. They have the same size at any distance, which makes a dense scan resemble a
 * surface, and are darker towards the back of their bounding sphere: points have no other shading that shows their shape.
 */
export function pointMaterial(vertexColors: boolean, { center, radius }: Sphere, color?: string): Material {
  const material = new PointsMaterial({
    color: pointColor(vertexColors, color),
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
      .replace("#include <color_fragment>", `#include <color_fragment>\n${POINT_SHADING}`);
  };
  material.customProgramCacheKey = () => "scenecast points";
  return material;
}

/** @param width px; drivers have a maximum, which is 1 for SwiftShader */
export function lineMaterial(
  vertexColors: boolean,
  { color, width = 1 }: { color?: string | undefined; width?: number | undefined } = {},
): Material {
  return new LineBasicMaterial({ color: pointColor(vertexColors, color), vertexColors, linewidth: width });
}
