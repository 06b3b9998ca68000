import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import {
  describeUnknown,
  detectFormat,
  FORMATS,
  type FormatId,
  fileHead,
  formatAlternatives,
  formatTable,
} from "../../src/formats/registry.ts";
import { pdbAtom, SMALL_PDB } from "./molecules/pdb-file.ts";
import { FORMALDEHYDE_MOL2, FORMALDEHYDE_SDF } from "./molecules/small-molecules.ts";
import { dcdFile, trajectoryFile } from "./molecules/trajectory-files.ts";
import { lasFile } from "./points/las-file.ts";
import { pcdFile } from "./points/pcd-file.ts";
import {
  cubeObj,
  cubePlyAscii,
  cubePlyBinary,
  cubeStlAscii,
  cubeStlBinary,
  glb,
  texturedQuad,
} from "./samples.ts";
import { tckFile } from "./streamlines/tck-builder.ts";
import { trkFile } from "./streamlines/trk-builder.ts";
import { ttFile } from "./streamlines/tt-builder.ts";
import { zipFile } from "./streamlines/zip-builder.ts";
import { ciftiFile } from "./surfaces/cifti-file.ts";
import { annotationFile, LABEL, quadFile, surfaceFile, valuesFile } from "./surfaces/freesurfer-files.ts";
import { giftiFile, POINTSET, SHAPE, TRIANGLE } from "./surfaces/gifti-file.ts";
import { metaImageFile } from "./volumes/metaimage-file.ts";
import { mghFile } from "./volumes/mgh-file.ts";
import { mifFile } from "./volumes/mif-file.ts";
import { niftiFile } from "./volumes/nifti-file.ts";
import { npyFile } from "./volumes/npy-file.ts";
import { nrrdFile } from "./volumes/nrrd-file.ts";
import { binaryLegacy, LEGACY_POLYDATA } from "./vtk/legacy-samples.ts";
import { PVD, SERIES, XML_SAMPLES } from "./vtk/xml-samples.ts";

const bytes = (content: string | Uint8Array): Uint8Array =>
  typeof content === "string" ? new TextEncoder().encode(content) : content;

const detect = (content: string | Uint8Array, name: string): FormatId | undefined =>
  detectFormat(fileHead(bytes(content), name))?.id;

const samples: Readonly<Record<FormatId, readonly (string | Uint8Array)[]>> = {
  obj: [cubeObj(), cubeObj("# made by hand\r\n\r\no thing\r\n"), "mtllib a.mtl\nv 0 0 0\nv 1 0 0\nl 1 2\n"],
  ply: [cubePlyAscii(), cubePlyBinary(), cubePlyAscii().replaceAll("\n", "\r\n")],
  stl: [cubeStlAscii(), cubeStlBinary(), cubeStlBinary("solid but binary")],
  off: ["OFF\n3 1 0\n0 0 0\n1 0 0\n0 1 0\n3 0 1 2\n", "# a\n# b\r\nCOFF # c\r\n\r\n3 1\r\n", "NOFF 3 0 0\n"],
  gltf: [
    JSON.stringify(texturedQuad().json),
    `\n  ${JSON.stringify({ asset: { version: "2.0" } }, null, 2)}`,
  ],
  glb: [glb(texturedQuad())],
  "3mf": [
    zipFile([
      { name: "[Content_Types].xml", content: "" },
      { name: "3D/3dmodel.model", content: "" },
    ]),
  ],
  vtk: [LEGACY_POLYDATA, binaryLegacy()],
  "vtk-xml": XML_SAMPLES.map((sample) => sample()),
  "vtk-collection": [PVD, SERIES],
  tck: [tckFile({ streamlines: [] }), tckFile({ streamlines: [[[1, 2, 3]]], lines: ["count: 1\r"] })],
  tsf: [tckFile({ streamlines: [[[1]]], magic: "mrtrix track scalars" })],
  nifti: [niftiFile({}), niftiFile({ isPair: true })],
  trx: [
    zipFile([{ name: "positions.3.float16", content: "" }]),
    zipFile([
      { name: "header.json", content: "{}" },
      { name: "a/offsets.uint32", content: "" },
    ]),
    '{"VOXEL_TO_RASMM": [], "NB_STREAMLINES": 0, "NB_VERTICES": 0}',
  ],
  openfoam: ["FoamFile\n{\n  format ascii;\n  object controlDict;\n}\napplication icoFoam;\n"],
  gifti: [giftiFile([POINTSET, TRIANGLE]), giftiFile([SHAPE]).replaceAll("\n", "")],
  cifti: [ciftiFile(), ciftiFile({ littleEndian: false })],
  freesurfer: [surfaceFile(), quadFile()],
  curv: [valuesFile([1, 2, 3, 4])],
  annot: [annotationFile(1), annotationFile(2)],
  // Paint files have no magic number.
  w: [],
  label: [LABEL, LABEL.replaceAll("\n", "\r\n")],
  nrrd: [nrrdFile({}), nrrdFile({ fields: ["encoding: ascii"], data: "1 2 3" })],
  metaimage: [metaImageFile({}), metaImageFile({ fields: ["ElementDataFile = other.raw"] })],
  mif: [mifFile({})],
  npy: [npyFile({})],
  mgh: [mghFile({}), mghFile({ sizes: [24, 1, 1, 2] })],
  pdb: [SMALL_PDB, `${pdbAtom({ at: [1, 2, 3] })}\r\nEND\r\n`],
  mmcif: ["data_X\n_entry.id X\n", "# comment\n#\nDATA_1ABC \nloop_\n_atom_site.id\n1\n"],
  bcif: [readFileSync(join(import.meta.dir, "molecules", "helix.bcif"))],
  sdf: [FORMALDEHYDE_SDF],
  dcd: [trajectoryFile("water.dcd"), dcdFile({ frames: [[1, 2, 3]], littleEndian: false, markerBytes: 8 })],
  xtc: [trajectoryFile("water.xtc"), trajectoryFile("three.xtc")],
  mol2: [FORMALDEHYDE_MOL2, "@<TRIPOS>MOLECULE\n"],
  las: [lasFile({ points: [] }), lasFile({ minor: 4, format: 6, points: [{ xyz: [1, 2, 3] }] })],
  pcd: [
    pcdFile({ body: new Uint8Array(24) }),
    pcdFile({ data: "ascii", body: "1 2 3\n" }).toString("latin1").replaceAll("\n", "\r\n"),
  ],
  // Detected by the extension.
  splat: [],
  xyz: [],
  tt: [ttFile([[[1, 2, 3]]])],
  trk: [trkFile({ streamlines: [] }), trkFile({ streamlines: [[[1, 2, 3]]], bigEndian: true })],
};

describe("detection by content", () => {
  for (const { id } of FORMATS) {
    for (const [i, content] of samples[id].entries()) {
      for (const name of ["noname", ...FORMATS.map(({ extensions }) => `wrong.${extensions[0]}`), "a.txt"]) {
        test(`${id} sample ${i} named ${name} is detected as ${id}`, () => {
          expect(detect(content, name)).toBe(id);
        });
      }
    }
  }
});

describe("detection by extension", () => {
  test("a truncated binary STL is detected by its extension, so that its error can say so", () => {
    expect(detect(cubeStlBinary().subarray(0, 200), "part.STL")).toBe("stl");
    expect(detect(cubeStlBinary().subarray(0, 200), "part.bin")).toBeUndefined();
  });

  test("an OBJ that begins with 60 kB of comments is detected by its extension", () => {
    const comments = "# nothing but words\n".repeat(3000);
    expect(detect(comments, "long.obj")).toBe("obj");
    expect(detect(comments, "long.txt")).toBeUndefined();
  });
});

describe("a file of an unknown format", () => {
  for (const [name, content, kind] of [
    ["a.ply", "Dear diary,\ntoday I measured.\n", 'plain text that starts with "Dear diary,"'],
    ["a.obj", "The vertices follow.\nv is a letter\n", 'plain text that starts with "The vertices follow."'],
    ["a.gltf.txt", '{"name": "no mesh"}', 'JSON that starts with "{"name": "no mesh"}"'],
    [
      "a.stl",
      "<html><body>404</body></html>",
      'XML or HTML that starts with "<html><body>404</body></html>"',
    ],
    ["a.obj", "\x89PNG\r\n\x1a\n\0\0\0", "a PNG image"],
    ["a.obj", "\x1f\x8b\x08\0", "gzip data"],
    ["a.dat", "\0\x01\x02\x03", "binary data"],
  ] as const) {
    test(`${name} is described as ${kind}`, () => {
      const head = fileHead(
        Uint8Array.from(content, (c) => c.charCodeAt(0)),
        name,
      );
      expect(detectFormat(head)).toBeUndefined();
      expect(describeUnknown(head)).toStartWith(`this is ${kind}`);
    });
  }

  test("its description names the format that its extension promises and the formats that can be read", () => {
    expect(describeUnknown(fileHead(bytes("Dear diary"), "a.PLY"))).toStartWith(
      'this is plain text that starts with "Dear diary", not PLY as its name says; files that can be shown: OBJ, PLY, STL, glTF, GLB, ',
    );
  });
});

describe("texts made from the registry", () => {
  test("the help text lists all formats", () => {
    const names = FORMATS.map(({ name }) => name);
    expect(formatAlternatives()).toBe(`${names.slice(0, -1).join(", ")} or ${names.at(-1)}`);
  });

  test("the table for the documentation has one row per format and a row for gzip", () => {
    const rows = formatTable().trimEnd().split("\n").slice(2);
    const extensions = FORMATS.map((format) => format.extensions.map((name) => `\`.${name}\``).join(", "));
    expect(rows.map((row) => row.split("|")[2]?.trim())).toEqual([...extensions, "`.gz`"]);
  });
});
