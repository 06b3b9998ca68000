import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { PNG } from "pngjs";
import * as THREE from "three";
import { createContext, destroyContext, type WebGL2RenderingContext } from "../../src/gl/index.ts";
import { backends, errorName, pixel } from "./support.ts";

const SIZE = 64;

/** A three.js renderer with a scene and a camera. Its canvas is a stub: three.js only adds listeners to it. */
class ThreeFixture implements Disposable {
  readonly gl: WebGL2RenderingContext;
  readonly renderer: THREE.WebGLRenderer;
  readonly scene = new THREE.Scene();
  readonly camera = new THREE.OrthographicCamera(-1, 1, 1, -1, 0.1, 10);

  constructor(backend: (typeof backends)[number], antialias = false) {
    this.gl = createContext(SIZE, SIZE, { backend, antialias, stencil: true });
    const canvas = { width: SIZE, height: SIZE, style: {}, addEventListener() {}, removeEventListener() {} };
    this.renderer = new THREE.WebGLRenderer({
      canvas: canvas as unknown as HTMLCanvasElement,
      context: this.gl,
    });
    this.renderer.setSize(SIZE, SIZE, false);
    this.renderer.setClearColor(0x000000, 1);
    this.renderer.outputColorSpace = THREE.LinearSRGBColorSpace;
    this.camera.position.z = 5;
  }

  /** Renders, and checks that three.js raised no GL error. */
  render(): void {
    this.renderer.render(this.scene, this.camera);
    expect(errorName(this.gl)).toBe("NO_ERROR");
  }

  at(x: number, y: number): number[] {
    return pixel(this.gl, x, y);
  }

  [Symbol.dispose](): void {
    this.renderer.dispose();
    destroyContext(this.gl);
  }
}

const plane = (material: THREE.Material, width = 2, height = 2) =>
  new THREE.Mesh(new THREE.PlaneGeometry(width, height), material);

const hasCancelAnimationFrame = "cancelAnimationFrame" in globalThis;
beforeAll(() => {
  if (!hasCancelAnimationFrame) Object.assign(globalThis, { cancelAnimationFrame: () => {} });
});
afterAll(() => {
  if (!hasCancelAnimationFrame) Reflect.deleteProperty(globalThis, "cancelAnimationFrame");
});

describe.each(backends)("%s", (backend) => {
  test("a lit mesh is bright where it faces the light and dark where it does not", () => {
    using fixture = new ThreeFixture(backend);
    const { scene } = fixture;
    scene.add(
      new THREE.Mesh(
        new THREE.SphereGeometry(0.9, 64, 32),
        new THREE.MeshStandardMaterial({ roughness: 0.6 }),
      ),
    );
    const light = new THREE.DirectionalLight(0xffffff, 3);
    light.position.set(1, 0, 1);
    scene.add(light);
    fixture.render();
    expect(fixture.at(52, 32)[0]).toBeGreaterThan(150);
    expect(fixture.at(8, 32)[0]).toBeLessThan(30);
    expect(fixture.at(1, 1)).toEqual([0, 0, 0, 255]);
  });

  test("shadow maps darken the floor behind a blocker", () => {
    for (const type of [THREE.BasicShadowMap, THREE.PCFShadowMap, THREE.VSMShadowMap]) {
      using fixture = new ThreeFixture(backend);
      const { renderer, scene } = fixture;
      renderer.shadowMap.enabled = true;
      renderer.shadowMap.type = type;
      const floor = plane(new THREE.MeshLambertMaterial());
      floor.receiveShadow = true;
      const blocker = new THREE.Mesh(new THREE.BoxGeometry(0.4, 0.4, 0.1), new THREE.MeshLambertMaterial());
      blocker.position.set(-0.6, 0, 1);
      blocker.castShadow = true;
      const light = new THREE.DirectionalLight(0xffffff, 3);
      // The light is on the left, at 45 degrees: the shadow is one unit to the right of the blocker.
      light.position.set(-3, 0, 3);
      light.castShadow = true;
      scene.add(floor, blocker, light);
      fixture.render();
      expect(fixture.at(45, 32)[0]).toBeLessThan(20);
      expect(fixture.at(45, 8)[0]).toBeGreaterThan(100);
    }
  });

  test("instances have their own positions and colors", () => {
    using fixture = new ThreeFixture(backend);
    const mesh = new THREE.InstancedMesh(new THREE.PlaneGeometry(0.5, 0.5), new THREE.MeshBasicMaterial(), 2);
    mesh.setMatrixAt(0, new THREE.Matrix4().makeTranslation(-0.5, 0, 0));
    mesh.setMatrixAt(1, new THREE.Matrix4().makeTranslation(0.5, 0, 0));
    mesh.setColorAt(0, new THREE.Color(1, 0, 0));
    mesh.setColorAt(1, new THREE.Color(0, 0, 1));
    fixture.scene.add(mesh);
    fixture.render();
    expect([16, 32, 48].map((x) => fixture.at(x, 32))).toEqual([
      [255, 0, 0, 255],
      [0, 0, 0, 255],
      [0, 0, 255, 255],
    ]);
  });

  test("batched meshes, lines, points and sprites are drawn", () => {
    using fixture = new ThreeFixture(backend);
    const { scene } = fixture;
    const batch = new THREE.BatchedMesh(2, 100, 200, new THREE.MeshBasicMaterial({ color: 0x00ff00 }));
    const geometry = batch.addGeometry(new THREE.PlaneGeometry(0.4, 0.4));
    for (const x of [-0.7, 0.7]) {
      batch.setMatrixAt(batch.addInstance(geometry), new THREE.Matrix4().makeTranslation(x, 0.6, 0));
    }
    const line = new THREE.BufferGeometry().setFromPoints([
      new THREE.Vector3(-1, 0, 0),
      new THREE.Vector3(1, 0, 0),
    ]);
    const dot = new THREE.BufferGeometry().setFromPoints([new THREE.Vector3(0, -0.6, 0)]);
    const sprite = new THREE.Sprite(new THREE.SpriteMaterial({ color: 0x0000ff }));
    sprite.position.set(0.7, -0.6, 0);
    sprite.scale.setScalar(0.4);
    scene.add(
      batch,
      new THREE.LineSegments(line, new THREE.LineBasicMaterial({ color: 0xff0000 })),
      new THREE.Points(dot, new THREE.PointsMaterial({ size: 8, sizeAttenuation: false })),
      sprite,
    );
    fixture.render();
    expect(fixture.at(10, 51)).toEqual([0, 255, 0, 255]);
    expect(fixture.at(54, 51)).toEqual([0, 255, 0, 255]);
    expect([fixture.at(20, 31), fixture.at(20, 32)]).toContainEqual([255, 0, 0, 255]);
    expect(fixture.at(32, 13)).toEqual([255, 255, 255, 255]);
    expect(fixture.at(54, 13)).toEqual([0, 0, 255, 255]);
  });

  test("data textures of bytes, floats and integers reach the shader", () => {
    using fixture = new ThreeFixture(backend);
    const bytes = new THREE.DataTexture(new Uint8Array([255, 0, 0, 255, 0, 255, 0, 255]), 2, 1);
    const floats = new THREE.DataTexture(
      new Float32Array([0, 0, 0.5, 1]),
      1,
      1,
      THREE.RGBAFormat,
      THREE.FloatType,
    );
    bytes.needsUpdate = true;
    floats.needsUpdate = true;
    const left = plane(new THREE.MeshBasicMaterial({ map: bytes }), 1, 2);
    const right = plane(new THREE.MeshBasicMaterial({ map: floats }), 1, 2);
    left.position.x = -0.5;
    right.position.x = 0.5;
    fixture.scene.add(left, right);
    fixture.render();
    expect([8, 24, 48].map((x) => fixture.at(x, 32))).toEqual([
      [255, 0, 0, 255],
      [0, 255, 0, 255],
      [0, 0, 128, 255],
    ]);
  });

  test("a decoded PNG is a texture with the right orientation and mipmaps", () => {
    using fixture = new ThreeFixture(backend);
    const png = new PNG({ width: 64, height: 64 });
    for (let offset = 0; offset < png.data.length; offset += 4)
      png.data.set(offset < png.data.length / 2 ? [255, 0, 0, 255] : [0, 0, 255, 255], offset);
    const { width, height, data } = PNG.sync.read(PNG.sync.write(png));
    const texture = new THREE.Texture({ width, height, data } as unknown as HTMLImageElement);
    texture.needsUpdate = true;
    fixture.scene.add(plane(new THREE.MeshBasicMaterial({ map: texture })));
    fixture.render();
    expect(fixture.at(32, 60)).toEqual([255, 0, 0, 255]);
    expect(fixture.at(32, 4)).toEqual([0, 0, 255, 255]);
  });

  test("render targets support floats, several textures, a depth texture and multisampling", () => {
    using fixture = new ThreeFixture(backend);
    const { renderer, scene, camera } = fixture;
    const material = new THREE.ShaderMaterial({
      glslVersion: THREE.GLSL3,
      vertexShader: "void main() { gl_Position = projectionMatrix * modelViewMatrix * vec4(position, 1.0); }",
      fragmentShader: `layout(location = 0) out vec4 a; layout(location = 1) out vec4 b;
        void main() { a = vec4(1234.5, 0.0, 0.0, 1.0); b = vec4(0.0, -2.0, 0.0, 1.0); }`,
    });
    scene.add(plane(material, 1, 1));
    for (const samples of [0, 4]) {
      const target = new THREE.WebGLRenderTarget(SIZE, SIZE, { type: THREE.FloatType, count: 2, samples });
      target.depthTexture = new THREE.DepthTexture(SIZE, SIZE);
      renderer.setRenderTarget(target);
      renderer.render(scene, camera);
      const values = new Float32Array(4);
      renderer.readRenderTargetPixels(target, 32, 32, 1, 1, values);
      expect([...values]).toEqual([1234.5, 0, 0, 1]);
      renderer.readRenderTargetPixels(target, 32, 32, 1, 1, values, undefined, 1);
      expect([...values]).toEqual([0, -2, 0, 1]);
      renderer.setRenderTarget(null);
      const view = new THREE.Scene();
      view.add(plane(new THREE.MeshBasicMaterial({ map: target.depthTexture })));
      renderer.render(view, camera);
      expect(errorName(fixture.gl)).toBe("NO_ERROR");
      expect(Math.abs((fixture.at(32, 32)[0] ?? 0) - 126)).toBeLessThan(4);
      expect(fixture.at(4, 4)[0]).toBe(255);
      target.dispose();
    }
  });

  test("an environment map that is generated from a scene lights a metallic material", () => {
    using fixture = new ThreeFixture(backend);
    const generator = new THREE.PMREMGenerator(fixture.renderer);
    const room = new THREE.Scene();
    room.background = new THREE.Color(0.2, 0.6, 1);
    fixture.scene.environment = generator.fromScene(room).texture;
    const material = new THREE.MeshStandardMaterial({ metalness: 1, roughness: 0.2 });
    fixture.scene.add(new THREE.Mesh(new THREE.SphereGeometry(0.9), material));
    fixture.render();
    const [red = 0, green = 0, blue = 0] = fixture.at(32, 32);
    expect(Math.abs(red - 51)).toBeLessThan(12);
    expect(Math.abs(green - 153)).toBeLessThan(12);
    expect(blue).toBeGreaterThan(240);
  });

  test("morph targets, clipping, fog, transparency and 3D textures are rendered", () => {
    using fixture = new ThreeFixture(backend, true);
    const { scene, renderer } = fixture;
    const geometry = new THREE.BoxGeometry(0.6, 0.6, 0.6);
    const morphedPositions = geometry.getAttribute("position").clone();
    for (let index = 0; index < morphedPositions.count; index++)
      morphedPositions.setX(index, morphedPositions.getX(index) + 0.4);
    geometry.morphAttributes.position = [morphedPositions];
    const morph = new THREE.Mesh(geometry, new THREE.MeshBasicMaterial({ color: 0xff0000 }));
    morph.morphTargetInfluences = [1];
    morph.position.set(-0.7, 0.5, 0);
    const translucent = plane(
      new THREE.MeshBasicMaterial({ color: 0x0000ff, transparent: true, opacity: 0.5 }),
      0.5,
      0.5,
    );
    translucent.position.set(0.6, 0.5, 0);
    const clipped = plane(
      new THREE.MeshBasicMaterial({ clippingPlanes: [new THREE.Plane(new THREE.Vector3(0, 1, 0), 0.5)] }),
      1,
      1,
    );
    clipped.position.set(0, -0.5, 0);
    renderer.localClippingEnabled = true;
    const volume = new THREE.Data3DTexture(new Uint8Array([0, 255]), 1, 1, 2);
    volume.format = THREE.RedFormat;
    volume.needsUpdate = true;
    const slice = plane(
      new THREE.ShaderMaterial({
        glslVersion: THREE.GLSL3,
        uniforms: { volume: { value: volume } },
        vertexShader:
          "void main() { gl_Position = projectionMatrix * modelViewMatrix * vec4(position, 1.0); }",
        fragmentShader: `uniform highp sampler3D volume; out vec4 color;
          void main() { color = vec4(0.0, texture(volume, vec3(0.5, 0.5, 0.9)).r, 0.0, 1.0); }`,
      }),
      0.3,
      0.3,
    );
    slice.position.set(0.8, -0.8, 1);
    scene.fog = new THREE.Fog(0x000000, 50, 100);
    scene.add(morph, translucent, clipped, slice);
    fixture.render();
    expect(fixture.at(23, 48)).toEqual([255, 0, 0, 255]);
    expect(fixture.at(3, 48)).toEqual([0, 0, 0, 255]);
    expect(Math.abs((fixture.at(51, 48)[2] ?? 0) - 128)).toBeLessThan(3);
    expect(fixture.at(32, 24)).toEqual([255, 255, 255, 255]);
    expect(fixture.at(32, 8)).toEqual([0, 0, 0, 255]);
    expect(fixture.at(57, 6)).toEqual([0, 255, 0, 255]);
  });

  test("disposing geometry and material frees their GL objects", () => {
    using fixture = new ThreeFixture(backend);
    const mesh = plane(new THREE.MeshBasicMaterial());
    fixture.scene.add(mesh);
    fixture.render();
    expect(fixture.renderer.info.memory.geometries).toBe(1);
    mesh.geometry.dispose();
    mesh.material.dispose();
    expect(fixture.renderer.info.memory.geometries).toBe(0);
    expect(errorName(fixture.gl)).toBe("NO_ERROR");
  });
});
