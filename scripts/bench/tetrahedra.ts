import { closeSync, existsSync, mkdirSync, openSync, renameSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { type Figure, figure } from "./measure.ts";
import type { BenchSetup } from "./setup.ts";

const EXECUTABLE = resolve(import.meta.dir, "../../dist/scenecast");

/** Cubes along an axis, of six tetrahedra each: 10.1 million. */
const CUBES = 119;
const ROWS = CUBES + 1;
const POINTS = ROWS ** 3;
const CELLS = 6 * CUBES ** 3;

/** Corners of the six tetrahedra of a cube, around its diagonal. */
const TETRAHEDRA = [
  [0, 1, 3, 7],
  [0, 3, 2, 7],
  [0, 2, 6, 7],
  [0, 6, 4, 7],
  [0, 4, 5, 7],
  [0, 5, 1, 7],
];

function writeModel(path: string): void {
  const file = openSync(`${path}.tmp`, "w");
  const arrays: [section: string, type: string, name: string, components: number, bytes: number][] = [
    ["PointData", "Float32", "height", 1, 4 * POINTS],
    ["CellData", "Float32", "volume", 1, 4 * CELLS],
    ["Points", "Float32", "Points", 3, 12 * POINTS],
    ["Cells", "Int64", "connectivity", 1, 32 * CELLS],
    ["Cells", "Int64", "offsets", 1, 8 * CELLS],
    ["Cells", "UInt8", "types", 1, CELLS],
  ];
  let offset = 0;
  const elements = arrays.map(([section, type, name, components, bytes]) => {
    const element = `<DataArray type="${type}" Name="${name}" NumberOfComponents="${components}" format="appended" offset="${offset}"/>`;
    offset += 8 + bytes;
    return { section, element };
  });
  const sections = ["PointData", "CellData", "Points", "Cells"].map(
    (name) =>
      `<${name}>${elements.flatMap(({ section, element }) => (section === name ? [element] : [])).join("")}</${name}>`,
  );
  writeSync(
    file,
    `<VTKFile type="UnstructuredGrid" version="1.0" byte_order="LittleEndian" header_type="UInt64"><UnstructuredGrid>
<Piece NumberOfPoints="${POINTS}" NumberOfCells="${CELLS}">${sections.join("\n")}</Piece></UnstructuredGrid>
<AppendedData encoding="raw">_`,
  );
  const begin = (bytes: number): void => {
    writeSync(file, BigUint64Array.of(BigInt(bytes)));
  };
  begin(4 * POINTS);
  forLayers((_, k) => Float32Array.from({ length: ROWS ** 2 }, () => Math.sin(k / 10)), ROWS, file);
  begin(4 * CELLS);
  forLayers(
    (_, k) => Float32Array.from({ length: 6 * CUBES ** 2 }, (_value, i) => (i % 97) + k),
    CUBES,
    file,
  );
  begin(12 * POINTS);
  forLayers(layerPoints, ROWS, file);
  begin(32 * CELLS);
  forLayers(layerCells, CUBES, file);
  begin(8 * CELLS);
  const layer = 6 * CUBES ** 2;
  forLayers(
    (_, k) => Float64Array.from({ length: layer }, (_value, i) => 4 * (k * layer + i + 1)),
    CUBES,
    file,
    toInt64,
  );
  begin(CELLS);
  writeSync(file, new Uint8Array(CELLS).fill(10));
  writeSync(file, "</AppendedData></VTKFile>\n");
  closeSync(file);
  renameSync(`${path}.tmp`, path);
}

function forLayers(
  make: (rows: number, layer: number) => Float32Array | Float64Array,
  layers: number,
  file: number,
  convert: (values: Float32Array | Float64Array) => ArrayBufferView = (values) => values,
): void {
  for (let k = 0; k < layers; k += 1) {
    const values = convert(make(ROWS, k));
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    for (let written = 0; written < bytes.length; ) written += writeSync(file, bytes, written);
  }
}

function toInt64(values: Float32Array | Float64Array): BigInt64Array {
  return BigInt64Array.from(values, (value) => BigInt(value));
}

function layerPoints(rows: number, k: number): Float32Array {
  const points = new Float32Array(3 * rows * rows);
  for (let j = 0; j < rows; j += 1) {
    for (let i = 0; i < rows; i += 1)
      points.set([i, j, k + 4 * Math.sin(i / 20) * Math.cos(j / 15)], 3 * (i + rows * j));
  }
  return points;
}

/** The cells of a layer, as 64-bit integers: pairs of 32-bit words. */
function layerCells(rows: number, k: number): Float32Array {
  const words = new Uint32Array(2 * 24 * CUBES * CUBES);
  let next = 0;
  for (let j = 0; j < CUBES; j += 1) {
    for (let i = 0; i < CUBES; i += 1) {
      for (const tetrahedron of TETRAHEDRA) {
        for (const corner of tetrahedron) {
          words[next] = i + (corner & 1) + rows * (j + ((corner >> 1) & 1) + rows * (k + (corner >> 2)));
          next += 2;
        }
      }
    }
  }
  return new Float32Array(words.buffer);
}

/** Script that shows a file by an array of its points. */
const PARAVIEW_SCRIPT = `import sys
from paraview.simple import *
reader = XMLUnstructuredGridReader(FileName=[sys.argv[1]])
view = CreateView("RenderView")
view.ViewSize = [1280, 720]
ColorBy(Show(reader, view), ("POINTS", "height"))
ResetCamera(view)
SaveScreenshot(sys.argv[2], view)
`;

/** Wall and CPU time, s, and peak memory, MB. */
interface Usage {
  readonly wall: number;
  readonly seconds: number;
  readonly megabytes: number;
}

async function measure(command: readonly string[]): Promise<Usage> {
  const startedAt = performance.now();
  const child = Bun.spawn([...command], { stdout: "ignore", stderr: "ignore" });
  if ((await child.exited) !== 0) throw new Error(`${command.join(" ")} failed`);
  const wall = (performance.now() - startedAt) / 1000;
  const usage = child.resourceUsage();
  return { wall, seconds: Number(usage?.cpuTime.total ?? 0) / 1e6, megabytes: (usage?.maxRSS ?? 0) / 1e6 };
}

/** Time and peak memory of a picture of a VTU file of 10 million tetrahedra (480 MB), beside ParaView on the same file. */
export async function benchTetrahedra({ runs, report }: BenchSetup): Promise<void> {
  const folder = join(tmpdir(), "scenecast-models");
  mkdirSync(folder, { recursive: true });
  const model = join(folder, "tetrahedra.vtu");
  // In a process of its own: the peak memory of a child includes that of its parent before the start.
  if (!existsSync(model)) Bun.spawnSync([process.execPath, import.meta.path, model]);
  const picture = join(tmpdir(), `scenecast-bench-${process.pid}.png`);
  const script = `${picture}.py`;
  await Bun.write(script, PARAVIEW_SCRIPT);
  const hasPeer = Bun.which("pvpython") !== null && Bun.which("xvfb-run") !== null;
  const [ours, peer]: [Usage[], Usage[]] = [[], []];
  for (let i = 0; i < runs; i += 1) {
    ours.push(await measure([EXECUTABLE, "render", model, "-o", picture, "--color-by", "height"]));
    if (hasPeer) peer.push(await measure(["xvfb-run", "-a", "pvpython", script, model, picture]));
  }
  const of = (rows: readonly Usage[], key: keyof Usage): Figure | string =>
    rows.length > 0 ? figure(rows.map((row) => row[key])) : "pvpython or xvfb-run is not installed";
  report.row("render tetrahedra.vtu: time", of(ours, "wall"), "s", 1, of(peer, "wall"));
  report.row("render tetrahedra.vtu: CPU time", of(ours, "seconds"), "s", 1, of(peer, "seconds"));
  report.row("render tetrahedra.vtu: peak memory", of(ours, "megabytes"), "MB", 0, of(peer, "megabytes"));
}

if (import.meta.main) writeModel(process.argv[2] ?? "tetrahedra.vtu");
