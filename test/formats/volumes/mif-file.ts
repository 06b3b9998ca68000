const DEFAULTS = [
  "dim: 2,3,4",
  "vox: 1,2,3",
  "layout: +0,+1,+2",
  "datatype: Int16LE",
  "transform: 1,0,0,10",
  "transform: 0,1,0,20",
  "transform: 0,0,1,30",
];

/** An MRtrix file. @param fields override those of 2 x 3 x 4 voxels with the values 0, 1, 2, … */
export function mifFile({
  fields = [],
  data = new Uint8Array(Int16Array.from({ length: 24 }, (_, i) => i).buffer),
}: {
  readonly fields?: readonly string[];
  readonly data?: Uint8Array;
}): Buffer {
  const name = (field: string): string => field.slice(0, field.indexOf(":"));
  const kept = DEFAULTS.filter((field) => !fields.some((other) => name(other) === name(field)));
  const file = fields.some((field) => name(field) === "file") ? [] : ["file: . 400"];
  const header = `${["mrtrix image", ...kept, ...fields, "command_history: a b", ...file, "END"].join("\n")}\n`;
  return Buffer.concat([Buffer.from(header.padEnd(400, "\0")), data]);
}
