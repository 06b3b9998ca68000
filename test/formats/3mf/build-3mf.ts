import { zipFile } from "../streamlines/zip-builder.ts";

const CORE = 'xmlns="http://schemas.microsoft.com/3dmanufacturing/core/2015/02"';
const RELATIONSHIP = "http://schemas.microsoft.com/3dmanufacturing/2013/01/3dmodel";

/** A tetrahedron with a right angle at the origin; `attributes` of its four triangles. */
export function tetrahedron(attributes: readonly string[] = []): string {
  const vertices = ["000", "100", "010", "001"].map(([x, y, z]) => `<vertex x="${x}" y="${y}" z='${z}' />`);
  const triangles = ["021", "013", "032", "123"].map(
    ([a, b, c], i) => `<triangle v1="${a}" v2="${b}" v3="${c}" ${attributes[i] ?? ""}/>`,
  );
  return `<mesh><vertices>${vertices.join("\n")}</vertices><triangles>${triangles.join("\n")}</triangles></mesh>`;
}

export function model(resources: string, build: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n<model unit="millimeter" ${CORE} xmlns:p="production" xmlns:m="material"><!-- <a> -->
<resources>${resources}</resources><build>${build}</build></model>`;
}

/** A 3MF file with the model at an unusual path, and other parts. */
export function file3mf(root: string, parts: Readonly<Record<string, string>> = {}): Buffer {
  const relationships = `<Relationships><Relationship Id="r" Target="/3D/main.model" Type="${RELATIONSHIP}"/></Relationships>`;
  const files = { "_rels/.rels": relationships, "3D/main.model": root, ...parts };
  return zipFile(Object.entries(files).map(([name, content]) => ({ name, content, deflate: true })));
}
