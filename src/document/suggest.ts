/** Returns the known name that resembles a misspelt one most, for "did you mean …"; undefined if none does. */
export function suggest(name: string, known: readonly string[]): string | undefined {
  const plain = (text: string) => text.replace(/[^a-z0-9]/gi, "").toLowerCase();
  // Longer names need no comparison, whose cost is the product of the lengths.
  const word = plain(name.slice(0, 100));
  const distances = known.map((candidate) => [candidate, distance(word, plain(candidate))] as const);
  const [best] = distances.toSorted(([, a], [, b]) => a - b);
  return best !== undefined && best[1] <= (word.length < 4 ? 1 : Math.max(2, word.length / 3))
    ? best[0]
    : undefined;
}

/** Levenshtein distance: the number of letters to insert, remove or replace. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
