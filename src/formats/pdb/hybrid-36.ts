const DIGITS = /^[+-]?\d+$/;
const UPPER = /^[A-Z][A-Z\d]*$/;
const LOWER = /^[a-z][a-z\d]*$/;

/**
 * Parses a number of PDB files with many atoms: decimal up to 99999 (with width 5), then A0000 to ZZZZZ, then a0000 to zzzzz in base 36
 * (hybrid-36, https://cci.lbl.gov/hybrid_36).
 *
 * @returns undefined if it is not one, such as *****
 */
export function parseHybrid36(text: string, width: number): number | undefined {
  if (DIGITS.test(text)) return Number(text);
  if (text.length !== width) return undefined;
  const decimals = 10 ** width;
  const power = 36 ** (width - 1);
  if (UPPER.test(text)) return Number.parseInt(text, 36) - 10 * power + decimals;
  if (LOWER.test(text)) return Number.parseInt(text, 36) - 10 * power + decimals + 26 * power;
  return undefined;
}
