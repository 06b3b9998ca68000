const NAMED: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

const MAX_CODE_POINT = 0x10ffff;

/**
 * Replaces the five predefined entities and character references. Entities that a document declares are kept as written: expanding them
 * is how a small file becomes gigabytes ("billion laughs") or reads other files (XXE).
 */
export function decodeEntities(text: string): string {
  return text.replace(/&(#x[0-9a-f]{1,8}|#\d{1,10}|[a-z]{2,4});/gi, (reference, name: string) => {
    if (!name.startsWith("#")) return NAMED[name] ?? reference;
    const code = /^#x/i.test(name) ? Number.parseInt(name.slice(2), 16) : Number(name.slice(1));
    return code <= MAX_CODE_POINT ? String.fromCodePoint(code) : reference;
  });
}
