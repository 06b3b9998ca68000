import { describe, expect, test } from "bun:test";
import type { MeshPhysicalMaterial } from "three";
import { addView, primitiveOf, quad } from "./gltf-quad.ts";
import { meshesOf, sampleFiles } from "./sample-files.ts";
import { glb, texturedQuad } from "./samples.ts";

const files = sampleFiles("glb");

/** The quad's vertices, texture coordinates and indices, encoded by Google's Draco 1.5. */
const DRACO_QUAD =
  "RFJBQ08CAgEBAAAABAIBAgAAAR//ARH/AREC/wAAAAAAAQAJAwAAAgEDCQIAAQIBAQEAAwMBMAEQAwAogpgAAAAAAP8/AAAAAIC/AACAvwAAAAAAAABADgEBAQADAwEgASADAPCDpgAAAAAA/w8AAAAAAAAAAAAAAACAPww=";

/** The checker of 8 x 8 px, encoded by Binomial's Basis Universal 2.5. */
const KTX2_CHECKERS = {
  ETC1S:
    "q0tUWCAyMLsNChoKAAAAAAEAAAAIAAAACAAAAAAAAAAAAAAAAQAAAAEAAAABAAAAaAAAACwAAACUAAAAJAAAALgAAAAAAAAAiQAAAAAAAABBAQAAAAAAAAIAAAAAAAAAAAAAAAAAAAAsAAAAAAAAAAIAKACjAQIAAwMAAAgAAAAAAAAAAAA/AAAAAAAAAAAA/////x8AAABLVFh3cml0ZXIAQmFzaXMgVW5pdmVyc2FsIDIuNTAAAAQAAgArAAAACQAAAC0AAAAAAAAAAAAAAAAAAAACAAAAAAAAAAAAAAAgwEQAAAAAAADiBAQwEQAAAAAAgCQQACYAAAAAAAAQAoAJAAAAAAAABDA2rKqqqlJVVVUFAMFEAAAAAAAA8l+NAJgBAAAAAABAwggwIUAAAAAABJFTCgAmAAAAAAAAEEAAEAY=",
  "UASTC with zstd":
    "q0tUWCAyMLsNChoKAAAAAAEAAAAIAAAACAAAAAAAAAAAAAAAAQAAAAEAAAACAAAAaAAAACwAAACUAAAAJAAAAAAAAAAAAAAAAAAAAAAAAAC4AAAAAAAAAC8AAAAAAAAAQAAAAAAAAAAsAAAAAAAAAAIAKACmAQIAAwMAABAAAAAAAAAAAAB/AAAAAAAAAAAA/////x8AAABLVFh3cml0ZXIAQmFzaXMgVW5pdmVyc2FsIDIuNTAAACi1L/0gQDUBAOD3HwDgH3oAF+Af4B8CDwDg/x8C4AH3////H3zvBEAHoAAycxcg",
};

describe("compressed glTF", () => {
  const draco = (bytes: Uint8Array): Uint8Array =>
    quad((json, parts) => {
      const bufferView = addView(parts, bytes);
      const extension = { bufferView, attributes: { POSITION: 0, TEXCOORD_0: 1 } };
      for (const accessor of json.accessors?.slice(0, 3) ?? []) delete accessor.bufferView;
      primitiveOf(json).extensions = { KHR_draco_mesh_compression: extension };
      const names = ["KHR_draco_mesh_compression"];
      Object.assign(json, { extensionsUsed: names, extensionsRequired: names });
    });

  test("Draco decodes to the original vertices, texture coordinates and faces", async () => {
    const loaded = await files.load(draco(Buffer.from(DRACO_QUAD, "base64")));
    expect(loaded.warnings).toEqual([]);
    expect(loaded.counts.triangles).toBe(2);
    const geometry = meshesOf(loaded.object)[0]?.geometry;
    const position = geometry?.getAttribute("position");
    const uv = geometry?.getAttribute("uv");
    for (let i = 0; i < (position?.count ?? 0); i += 1) {
      expect(uv?.getX(i)).toBeCloseTo(((position?.getX(i) ?? 9) + 1) / 2, 3);
      expect(uv?.getY(i)).toBeCloseTo((1 - (position?.getY(i) ?? 9)) / 2, 3);
    }
    expect(position?.count).toBeGreaterThanOrEqual(4);
  });

  test("damaged Draco is refused with a readable message", async () => {
    const bytes = Buffer.from(DRACO_QUAD, "base64").subarray(0, 60);
    expect(await files.loadErrorMessage(draco(bytes))).toMatch(/GLB: its Draco data are damaged or cut off/);
  });

  for (const [encoding, base64] of Object.entries(KTX2_CHECKERS)) {
    const textured = (bytes: Uint8Array): Uint8Array => {
      const parts = texturedQuad(bytes);
      const textures = [{ extensions: { KHR_texture_basisu: { source: 0 } } }];
      const names = ["KHR_texture_basisu"];
      const json = { ...parts.json, textures, extensionsUsed: names, extensionsRequired: names };
      return glb({ ...parts, json });
    };

    test(`KTX2 in ${encoding} decodes to the checker's colors, upright`, async () => {
      const loaded = await files.load(textured(Buffer.from(base64, "base64")));
      expect(loaded.warnings).toEqual([]);
      const material = meshesOf(loaded.object)[0]?.material as MeshPhysicalMaterial;
      const image = material.emissiveMap?.image as { width: number; data: Uint8Array } | undefined;
      expect(image?.width).toBe(8);
      const dominant = [0, 7, 56, 63].map((offset) =>
        [...(image?.data.subarray(offset * 4, offset * 4 + 3) ?? [])]
          .map((value) => (value > 128 ? 1 : 0))
          .join(""),
      );
      expect(dominant).toEqual(["100", "010", "001", "111"]);
    });

    test(`truncated KTX2 in ${encoding} has a warning, and the mesh is shown`, async () => {
      const loaded = await files.load(textured(Buffer.from(base64, "base64").subarray(0, 190)));
      expect(loaded.warnings.join()).toMatch(/texture 0 is left out: .*KTX2/);
      expect(loaded.counts.triangles).toBe(2);
    });
  }
});
