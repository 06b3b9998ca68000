import { describe, expect, test } from "bun:test";
import { type MeshPhysicalMaterial, Vector3 } from "three";
import { addAccessor, addView, gltfFiles, meshesOf, primitiveOf, quad } from "./gltf-quad.ts";
import { checkerPng, texturedQuad } from "./samples.ts";

const files = gltfFiles();

describe("glTF documents", () => {
  test("JSON padded with NUL bytes is read", async () => {
    const bytes = Buffer.from(quad((json) => Object.assign(json, { asset: { version: "2.0", x: "" } })));
    const end = 20 + bytes.readUInt32LE(12);
    let offset = end;
    while (bytes[offset - 1] === 0x20) offset -= 1;
    // The sample needs at least one byte of padding for this test to check anything.
    const file = offset < end ? bytes.fill(0, offset, end) : bytes;
    expect(offset).toBeLessThan(end);
    expect((await files.load(file)).counts.triangles).toBe(2);
  });

  test("interleaved vertices are read if the last one ends before its stride does", async () => {
    const file = quad((json, parts) => {
      const values = new Float32Array(4 * 5 - 2);
      for (const [i, point] of [
        [-1, -1],
        [1, -1],
        [1, 1],
        [-1, 1],
      ].entries())
        values.set(point, i * 5);
      const view = addView(parts, new Uint8Array(values.buffer), { byteStride: 20 });
      Object.assign(json.accessors?.[0] ?? {}, { bufferView: view });
    });
    const { bounds } = await files.load(file);
    expect([bounds.min.x, bounds.max.y]).toEqual([-1, 1]);
  });

  test("the bounds are computed from the vertices; wrong or missing min and max cause no warning", async () => {
    const lines: string[] = [];
    const originalWarn = console.warn;
    console.warn = (...parts: unknown[]) => lines.push(parts.join(" "));
    try {
      for (const bounds of [
        { min: [90, 90, 90], max: [91, 91, 91] },
        { min: undefined, max: undefined },
      ]) {
        const file = quad((json) => Object.assign(json.accessors?.[0] ?? {}, bounds, { normalized: true }));
        const loaded = await files.load(file);
        expect(loaded.bounds.min.x).toBe(-1);
        expect(loaded.warnings).toEqual([]);
      }
    } finally {
      console.warn = originalWarn;
    }
    expect(lines).toEqual([]);
  });

  test("the bounds are those of the current pose, not of all morph targets together", async () => {
    const morphed = (weight: number): Uint8Array =>
      quad((json, parts) => {
        const target = addAccessor(parts, [0, 5, 0, 0, 5, 0, 0, 5, 0, 0, 5, 0], "VEC3");
        primitiveOf(json).targets = [{ POSITION: target }];
        Object.assign(json.meshes?.[0] ?? {}, { weights: [weight] });
        json.animations = [];
      });
    expect((await files.load(morphed(0))).bounds.max.y).toBe(1);
    expect((await files.load(morphed(1))).bounds.max.y).toBe(6);
  });

  for (const uri of ["100% quad.png", "100%25%20quad.png", "100%%20quad.png?v=2#x"]) {
    test(`an image with the URI ${uri} is read`, async () => {
      files.write("100% quad.png", checkerPng());
      const { json, body } = texturedQuad();
      const data = `data:application/octet-stream;base64,${Buffer.from(body).toString("base64")}`;
      const buffers = [{ uri: data, byteLength: body.byteLength }];
      const loaded = await files.load(JSON.stringify({ ...json, buffers, images: [{ uri }] }), "quad.gltf");
      expect(loaded.warnings).toEqual([]);
    });
  }

  test("required extensions without visual effect are accepted; unsupported ones are listed in a warning", async () => {
    const required = ["KHR_xmp_json_ld", "EXT_structural_metadata", "FB_ngon_encoding", "EXT_mesh_features"];
    const withoutEffect = quad((json) =>
      Object.assign(json, { extensionsUsed: required, extensionsRequired: required }),
    );
    expect((await files.load(withoutEffect)).warnings).toEqual([]);
    const withUnsupported = quad((json) =>
      Object.assign(json, { extensionsUsed: ["ACME_wobble", "KHR_xmp"] }),
    );
    expect((await files.load(withUnsupported)).warnings).toEqual([
      'it is shown without the glTF extensions "ACME_wobble"',
    ]);
  });

  test("an unusable environment has a warning if it belongs to the displayed scene", async () => {
    const withEnvironment = (scene: number, required: boolean) =>
      quad((json) => {
        const name = "EXT_lights_image_based";
        const light = { intensity: 1, irradianceCoefficients: Array(9).fill([1, 1, 1]), specularImages: [] };
        Object.assign(json, {
          extensionsUsed: [name],
          ...(required && { extensionsRequired: [name] }),
          extensions: { [name]: { lights: [light] } },
          scene,
          scenes: [{ nodes: [0], extensions: { [name]: { light: 0 } } }, { nodes: [0] }],
        });
      });
    const warning =
      "its environment (EXT_lights_image_based) cannot be used and is replaced by the default lights: it is damaged";
    expect((await files.load(withEnvironment(0, false))).warnings).toEqual([warning]);
    expect((await files.load(withEnvironment(0, true))).warnings).toEqual([warning]);
    expect((await files.load(withEnvironment(1, false))).warnings).toEqual([]);
  });

  test("an AVIF texture has a warning with advice, unless it has a fallback image", async () => {
    const withAvif = (change: Record<string, unknown>) =>
      quad((json) => {
        const avif = Buffer.concat([
          Buffer.from([0, 0, 0, 32]),
          Buffer.from("ftypavif\0\0\0\0avifmif1miafMA1B"),
        ]);
        const images = [...(json.images ?? []), { uri: `data:image/avif;base64,${avif.toString("base64")}` }];
        const extensions = { EXT_texture_avif: { source: images.length - 1 } };
        Object.assign(json, {
          images,
          textures: [{ extensions, ...change }],
          extensionsUsed: ["EXT_texture_avif"],
        });
      });
    expect((await files.load(withAvif({}))).warnings).toEqual([
      "texture 0 is left out: it is an AVIF image, which is not supported; save it as PNG, JPEG or WebP",
    ]);
    expect((await files.load(withAvif({ source: 0 }))).warnings).toEqual([]);
  });

  test("an invisible node hides its children (KHR_node_visibility)", async () => {
    const file = quad((json) =>
      Object.assign(json, {
        extensionsUsed: ["KHR_node_visibility"],
        nodes: [
          { mesh: 0 },
          { extensions: { KHR_node_visibility: { visible: false } }, children: [2] },
          { mesh: 0, translation: [9, 0, 0] },
        ],
        scenes: [{ nodes: [0, 1] }],
        animations: [],
      }),
    );
    expect((await files.load(file)).bounds.max.x).toBe(1);
  });

  test("positions are relative to a centre (CESIUM_RTC)", async () => {
    const file = quad((json) =>
      Object.assign(json, {
        extensionsUsed: ["CESIUM_RTC"],
        extensionsRequired: ["CESIUM_RTC"],
        extensions: { CESIUM_RTC: { center: [100, 200, 300] } },
        animations: [],
      }),
    );
    const { bounds } = await files.load(file);
    expect(bounds.getCenter(new Vector3()).toArray()).toEqual([100, 200, 300]);
  });

  test("specular-glossiness materials are converted to metallic-roughness", async () => {
    const file = quad((json) => {
      const name = "KHR_materials_pbrSpecularGlossiness";
      Object.assign(json, { extensionsUsed: [name], extensionsRequired: [name] });
      const values = {
        diffuseFactor: [0.5, 0.25, 0.125, 1],
        diffuseTexture: { index: 0 },
        specularFactor: [0.1, 0.2, 0.3],
        glossinessFactor: 0.75,
      };
      Object.assign(json, { materials: [{ extensions: { [name]: values } }] });
    });
    const loaded = await files.load(file);
    expect(loaded.warnings).toEqual([]);
    const material = meshesOf(loaded.object)[0]?.material as MeshPhysicalMaterial;
    expect(material.map).not.toBeNull();
    expect(material.metalness).toBe(0);
    expect(material.roughness).toBe(0.25);
    expect(material.color.toArray()).toEqual([0.5, 0.25, 0.125]);
    expect(material.specularColor.toArray()).toEqual([0.1, 0.2, 0.3]);
  });

  test("glossiness in a texture's alpha becomes roughness", async () => {
    const file = quad((json) => {
      const name = "KHR_materials_pbrSpecularGlossiness";
      json.extensionsUsed = [name] as never;
      const extensions = { [name]: { specularGlossinessTexture: { index: 0 } } };
      Object.assign(json, { materials: [{ extensions }] });
    });
    const material = meshesOf((await files.load(file)).object)[0]?.material as MeshPhysicalMaterial;
    const pixels = material.roughnessMap?.image as { data: Uint8Array } | undefined;
    // The checker is opaque: fully glossy.
    expect([pixels?.data[1], pixels?.data[3]]).toEqual([0, 255]);
    expect(material.specularColorMap?.image).not.toBe(material.roughnessMap?.image);
  });
});
