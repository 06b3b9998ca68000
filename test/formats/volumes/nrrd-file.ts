const DEFAULTS = [
  "type: int16",
  "dimension: 3",
  "space: left-posterior-superior",
  "sizes: 2 3 4",
  "space directions: (1,0,0) (0,2,0) (0,0,3)",
  "endian: little",
  "encoding: raw",
  "space origin: (10,20,30)",
];

/** An NRRD file. @param fields override those of 2 x 3 x 4 voxels with the values 0, 1, 2, … */
export function nrrdFile({
  fields = [],
  data = new Uint8Array(Int16Array.from({ length: 24 }, (_, i) => i).buffer),
}: {
  readonly fields?: readonly string[];
  readonly data?: Uint8Array | string;
}): Buffer {
  const name = (field: string): string => field.slice(0, field.indexOf(":"));
  const kept = DEFAULTS.filter((field) => !fields.some((other) => name(other) === name(field)));
  const lines = ["NRRD0004", "# a comment", ...kept, ...fields.filter((field) => !field.endsWith(": "))];
  return Buffer.concat([Buffer.from(`${lines.join("\n")}\nkey:=value\n\n`), Buffer.from(data)]);
}
