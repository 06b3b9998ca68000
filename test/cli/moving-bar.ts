/** A white bar that moves from the left edge of a picture of 4:3 to the right one, in 10 s, and again. */
import type { CameraState } from "../../src/protocol/camera-state.ts";
import type { RgbaImage } from "../support/images.ts";

/** The picture is 6 world units high. */
export const BAR_CAMERA: CameraState = {
  position: [0, 0, 10],
  focalPoint: [0, 0, 0],
  viewUp: [0, 1, 0],
  viewAngle: 30,
  parallelScale: 3,
};

/**
 * A scene module with the bar, which has two thirds of the picture's height. Its control Height sets half of it in world units, the button Red its
 * color; the button Short sets the control from the program, and the button Fail has the next frame fail.
 */
export const BAR_MODULE = `
import { Mesh, MeshBasicMaterial, PlaneGeometry } from "three";

export default (show) => {
  show.setBackground("black");
  show.cameraState = ${JSON.stringify(BAR_CAMERA)};
  const bar = new Mesh(new PlaneGeometry(0.2, 2), new MeshBasicMaterial({ color: "white" }));
  bar.scale.y = 2;
  show.add(bar);
  const height = show.panel.number("Height", {
    min: 0.5, max: 2, value: 2,
    onChange: async (value) => {
      // Later than the picture that is drawn next.
      await Bun.sleep(20);
      bar.scale.y = value;
    },
  });
  show.panel.button("Red", { onClick: () => bar.material.color.set("red") });
  show.panel.button("Short", { onClick: () => { bar.scale.y = 1; height.value = 1; } });
  let fails = false;
  show.panel.boolean("Fail", { onChange: (value) => { fails = value; } });
  show.on("animate", ({ seconds }) => {
    if (fails && seconds > 0) throw new Error("there is no bar");
    bar.position.x = -3.8 + 0.76 * (seconds % 10);
  });
};
`;

/** A glTF file with the bar. */
export function barGltf(): string {
  const data = Buffer.concat([
    Buffer.from(Float32Array.of(-0.1, -2, 0, 0.1, -2, 0, 0.1, 2, 0, -0.1, 2, 0).buffer),
    Buffer.from(Uint16Array.of(0, 1, 2, 0, 2, 3).buffer),
    Buffer.from(Float32Array.of(0, 10, -3.8, 0, 0, 3.8, 0, 0).buffer),
  ]);
  const view = (byteOffset: number, byteLength: number) => ({ buffer: 0, byteOffset, byteLength });
  return JSON.stringify({
    asset: { version: "2.0" },
    extensionsUsed: ["KHR_materials_unlit"],
    scene: 0,
    scenes: [{ nodes: [0] }],
    nodes: [{ mesh: 0 }],
    meshes: [{ primitives: [{ attributes: { POSITION: 0 }, indices: 1, material: 0 }] }],
    materials: [
      {
        doubleSided: true,
        pbrMetallicRoughness: { baseColorFactor: [1, 1, 1, 1] },
        extensions: { KHR_materials_unlit: {} },
      },
    ],
    animations: [
      {
        channels: [{ sampler: 0, target: { node: 0, path: "translation" } }],
        samplers: [{ input: 2, output: 3 }],
      },
    ],
    accessors: [
      { bufferView: 0, componentType: 5126, count: 4, type: "VEC3", min: [-0.1, -2, 0], max: [0.1, 2, 0] },
      { bufferView: 1, componentType: 5123, count: 6, type: "SCALAR" },
      { bufferView: 2, componentType: 5126, count: 2, type: "SCALAR", min: [0], max: [10] },
      { bufferView: 3, componentType: 5126, count: 2, type: "VEC3" },
    ],
    bufferViews: [view(0, 48), view(48, 12), view(60, 8), view(68, 24)],
    buffers: [
      {
        byteLength: data.length,
        uri: `data:application/octet-stream;base64,${data.toString("base64")}`,
      },
    ],
  });
}

/** The bar of a picture. */
export interface Bar {
  /** The time of the animation, 0 to 10 s: by the place of its middle. */
  readonly seconds: number;
  /** As a share of the picture's. */
  readonly height: number;
  readonly isRed: boolean;
}

/** Finds the bar of a picture by its red channel, below the upper sixth. */
export function barOf({ width, height, data }: RgbaImage): Bar {
  let [sum, weighted, green] = [0, 0, 0];
  const rows = new Set<number>();
  for (let y = Math.floor(height / 6); y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const red = data[4 * (y * width + x)] ?? 0;
      if (red < 40) continue;
      sum += red;
      weighted += red * (x + 0.5);
      green += data[4 * (y * width + x) + 1] ?? 0;
      if (red > 127) rows.add(y);
    }
  }
  if (sum === 0) throw new Error("The picture has no bar.");
  // The picture is 8 world units wide.
  const x = (8 * weighted) / sum / width - 4;
  return { seconds: (x + 3.8) / 0.76, height: rows.size / height, isRed: green < sum / 2 };
}
