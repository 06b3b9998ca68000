import type { Label } from "../data-kinds.ts";

/** Names of the standard classes (ASPRS LAS 1.4 R15, table 17), with colors that are usual for them. */
const CLASSES: readonly (readonly [name: string, color: number])[] = [
  ["never classified", 0xb0b0b0],
  ["unclassified", 0x8c8c8c],
  ["ground", 0xa5713c],
  ["low vegetation", 0x9bd770],
  ["medium vegetation", 0x4fb548],
  ["high vegetation", 0x1f7a32],
  ["building", 0xe0533a],
  ["low point (noise)", 0xff00ff],
  ["model key point", 0xf2c84b],
  ["water", 0x3a7bd5],
  ["rail", 0x6f5f8f],
  ["road surface", 0x5a6270],
  ["overlap", 0xd9c9a3],
  ["wire guard (shield)", 0xf5e663],
  ["wire conductor (phase)", 0xffb000],
  ["transmission tower", 0x9c3587],
  ["wire connector (insulator)", 0x5fd3d3],
  ["bridge deck", 0xc98b6b],
  ["high noise", 0xff5fa2],
  ["overhead structure", 0x7f9fbf],
  ["ignored ground", 0x7c5a3a],
  ["snow", 0xeef4ff],
  ["temporal exclusion", 0x4a4a4a],
];

export const CLASSIFICATION: readonly Label[] = Array.from({ length: 256 }, (_, value): Label => {
  const [name, color] = CLASSES[value] ?? [value < 64 ? `reserved ${value}` : `class ${value}`, 0xc0c0c0];
  return {
    value,
    name,
    color: [(color >> 16) / 255, ((color >> 8) & 255) / 255, (color & 255) / 255, 1],
  };
});
