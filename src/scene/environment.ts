import {
  BackSide,
  BoxGeometry,
  Color,
  Mesh,
  MeshBasicMaterial,
  PMREMGenerator,
  Scene,
  SphereGeometry,
  type Texture,
  type WebGLRenderer,
} from "three";

/** Pixels of a cube face: reflections are blurred anyway, and 256, three's default, takes a software driver long. */
const SIZE = 64;

/**
 * Something for metals to reflect: a soft studio of a bright sky, a dark floor and two lamps. Without one, glTF's
 * metals (its default material is one) are black.
 *
 * @returns a texture for `scene.environment`; the caller disposes it
 */
export function studioEnvironment(renderer: WebGLRenderer): Texture {
  const studio = new Scene();
  studio.background = new Color(0.32, 0.34, 0.38);
  const parts: Mesh[] = [];
  const add = (mesh: Mesh, x: number, y: number, z: number): void => {
    mesh.position.set(x, y, z);
    parts.push(mesh);
    studio.add(mesh);
  };
  const lamp = (brightness: number): MeshBasicMaterial =>
    new MeshBasicMaterial({ color: new Color(brightness, brightness, brightness) });
  add(new Mesh(new SphereGeometry(40, 16, 8, 0, Math.PI * 2, 0, 1.1), side(lamp(1.1))), 0, 0, 0);
  add(new Mesh(new BoxGeometry(60, 1, 60), lamp(0.08)), 0, -12, 0);
  add(new Mesh(new BoxGeometry(10, 14, 1), lamp(9)), -14, 12, 14);
  add(new Mesh(new BoxGeometry(8, 10, 1), lamp(4)), 18, 4, -10);
  const generator = new PMREMGenerator(renderer);
  const { texture } = generator.fromScene(studio, 0.03, 0.1, 100, { size: SIZE });
  generator.dispose();
  for (const { geometry, material } of parts) {
    geometry.dispose();
    for (const one of [material].flat()) one.dispose();
  }
  return texture;
}

function side(material: MeshBasicMaterial): MeshBasicMaterial {
  material.side = BackSide;
  return material;
}
