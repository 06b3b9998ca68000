import {
  Box3,
  Float32BufferAttribute,
  InstancedBufferAttribute,
  InstancedBufferGeometry,
  Mesh,
  MeshPhongMaterial,
  Sphere,
  Vector3,
} from "three";

export interface SphereGlyph {
  readonly center: readonly [number, number, number];
  readonly radius: number;
  /** Linear red, green, blue, 0 to 1. */
  readonly color: readonly [number, number, number];
}

/**
 * Spheres as ray-cast impostors. Each is a quad of two triangles that faces the camera; the fragment shader intersects the
 * view ray with the sphere.
 */
export class SphereGlyphs {
  readonly mesh: Mesh;
  readonly #spheres: InstancedBufferAttribute;

  constructor(glyphs: readonly SphereGlyph[]) {
    const geometry = new InstancedBufferGeometry();
    geometry.setAttribute(
      "position",
      new Float32BufferAttribute([-1, -1, 0, 1, -1, 0, 1, 1, 0, -1, 1, 0], 3),
    );
    geometry.setIndex([0, 1, 2, 0, 2, 3]);
    this.#spheres = new InstancedBufferAttribute(
      new Float32Array(glyphs.flatMap(({ center, radius }) => [...center, radius])),
      4,
    );
    geometry.setAttribute("sphere", this.#spheres);
    geometry.setAttribute(
      "tint",
      new InstancedBufferAttribute(new Float32Array(glyphs.flatMap(({ color }) => [...color])), 3),
    );
    geometry.instanceCount = glyphs.length;
    const box = new Box3();
    for (const { center, radius } of glyphs) {
      box.expandByPoint(new Vector3(...center).addScalar(radius));
      box.expandByPoint(new Vector3(...center).subScalar(radius));
    }
    // For scene-bounds.ts, which reads the positions of the spheres: the geometry has only the corners of the quad.
    geometry.userData.outline = this.#spheres;
    geometry.boundingBox = box;
    geometry.boundingSphere = box.getBoundingSphere(new Sphere());
    this.mesh = new Mesh(geometry, sphereMaterial());
  }

  /** Sets the centre and the radius of sphere `i`. The bounds are not updated. */
  set(i: number, x: number, y: number, z: number, radius: number): void {
    this.#spheres.setXYZW(i, x, y, z, radius);
    this.#spheres.needsUpdate = true;
  }
}

function sphereMaterial(): MeshPhongMaterial {
  const material = new MeshPhongMaterial({ specular: 0x333333, shininess: 40 });
  material.onBeforeCompile = (shader) => {
    shader.vertexShader = shader.vertexShader
      .replace(
        "#include <common>",
        `#include <common>
        attribute vec4 sphere;
        attribute vec3 tint;
        varying vec4 vSphere; // centre and radius in view coordinates
        varying vec3 vTint;
        varying vec3 vPoint;`,
      )
      .replace(
        "#include <project_vertex>",
        `vec4 mvPosition = modelViewMatrix * vec4(sphere.xyz, 1.0);
        float radius = sphere.w * length(modelViewMatrix[0].xyz);
        vSphere = vec4(mvPosition.xyz, radius);
        vTint = tint;
        vec3 toEye = isOrthographic ? vec3(0.0, 0.0, 1.0) : normalize(-mvPosition.xyz);
        vec3 across = normalize(cross(abs(toEye.y) < 0.9 ? vec3(0.0, 1.0, 0.0) : vec3(1.0, 0.0, 0.0), toEye));
        vec3 upward = cross(toEye, across);
        // In perspective the silhouette of a sphere is slightly wider than its radius. The quad is in front of the sphere.
        mvPosition.xyz += radius * (toEye + 1.02 * (across * position.x + upward * position.y));
        vPoint = mvPosition.xyz;
        gl_Position = projectionMatrix * mvPosition;`,
      );
    shader.fragmentShader = shader.fragmentShader
      .replace(
        "#include <common>",
        `#include <common>
        uniform mat4 projectionMatrix;
        varying vec4 vSphere;
        varying vec3 vTint;
        varying vec3 vPoint;`,
      )
      .replace("#include <clipping_planes_fragment>", "")
      .replace(
        "#include <color_fragment>",
        `diffuseColor.rgb *= vTint;
        vec3 ray = isOrthographic ? vec3(0.0, 0.0, -1.0) : normalize(vPoint);
        vec3 origin = isOrthographic ? vPoint : vec3(0.0);
        float middle = dot(vSphere.xyz - origin, ray);
        vec3 nearest = origin + ray * middle - vSphere.xyz;
        float inside = vSphere.w * vSphere.w - dot(nearest, nearest);
        if (inside < 0.0) discard;
        vec3 surface = nearest - ray * sqrt(inside);
        #if NUM_CLIPPING_PLANES > 0
          {
            // Of the surface instead of the quad.
            vec3 clipPosition = -(vSphere.xyz + surface);
            #define vClipPosition clipPosition
            #include <clipping_planes_fragment>
          }
        #endif
        vec4 clip = projectionMatrix * vec4(vSphere.xyz + surface, 1.0);
        gl_FragDepth = 0.5 + 0.5 * clip.z / clip.w;`,
      )
      .replace(
        "#include <normal_fragment_begin>",
        `vec3 normal = surface / vSphere.w;
        vec3 nonPerturbedNormal = normal;`,
      );
  };
  material.customProgramCacheKey = () => "scenecast spheres";
  return material;
}
