const DEFAULTS = [
  "ObjectType = Image",
  "NDims = 3",
  "BinaryData = True",
  "BinaryDataByteOrderMSB = False",
  "CompressedData = False",
  "TransformMatrix = 1 0 0 0 1 0 0 0 1",
  "Offset = 10 20 30",
  "ElementSpacing = 1 2 3",
  "DimSize = 2 3 4",
  "ElementType = MET_SHORT",
];

/** A MetaImage file. @param fields override those of 2 x 3 x 4 voxels with the values 0, 1, 2, … */
export function metaImageFile({
  fields = [],
  data = new Uint8Array(Int16Array.from({ length: 24 }, (_, i) => i).buffer),
}: {
  readonly fields?: readonly string[];
  readonly data?: Uint8Array | string;
}): Buffer {
  const name = (field: string): string => field.slice(0, field.indexOf(" "));
  const last = fields.find((field) => name(field) === "ElementDataFile") ?? "ElementDataFile = LOCAL";
  const others = fields.filter((field) => field !== last);
  const kept = DEFAULTS.filter((field) => !others.some((other) => name(other) === name(field)));
  return Buffer.concat([Buffer.from(`${[...kept, ...others, last].join("\n")}\n`), Buffer.from(data)]);
}
