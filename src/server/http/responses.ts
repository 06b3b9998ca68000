/** Answers of one sentence for a person, and JSON for programs. Nothing here may be cached or guessed at. */

const COMMON = { "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff" };

export function textResponse(status: number, text: string, headers: Record<string, string> = {}): Response {
  return new Response(`${text}\n`, {
    status,
    headers: { ...COMMON, "Content-Type": "text/plain; charset=utf-8", ...headers },
  });
}

export function jsonResponse(value: unknown): Response {
  return new Response(`${JSON.stringify(value, null, 2)}\n`, {
    headers: { ...COMMON, "Content-Type": "application/json" },
  });
}

export function text(value: string, type: string): Response {
  return new Response(value, { headers: { ...COMMON, "Content-Type": type } });
}

/** The answer to HEAD where GET's length is not known beforehand: with a body of null it would be told as 0. */
export function headResponse(headers: Readonly<Record<string, string>>): Response {
  return new Response(new ReadableStream(), { headers: { ...COMMON, ...headers } });
}

export function fileResponse(
  bytes: Uint8Array,
  type: string,
  headers: Record<string, string> = {},
): Response {
  return new Response(new Blob([bytes as Uint8Array<ArrayBuffer>]), {
    headers: { ...COMMON, "Content-Type": type, ...headers },
  });
}
