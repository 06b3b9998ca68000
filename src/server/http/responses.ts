import { MAX_BODY_BYTES } from "../access/limits.ts";

/** Headers of every response: it is not cached, and browsers do not guess its type. */
const COMMON = { "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff" };

/** A plain text response, with a newline at its end. `headers` may set another Content-Type. */
export function textResponse(status: number, text: string, headers: Record<string, string> = {}): Response {
  return new Response(text.endsWith("\n") ? text : `${text}\n`, {
    status,
    headers: { ...COMMON, "Content-Type": "text/plain; charset=utf-8", ...headers },
  });
}

export function jsonResponse(value: unknown): Response {
  return textResponse(200, JSON.stringify(value, null, 2), { "Content-Type": "application/json" });
}

/** A response to HEAD where GET's length is not known: with a null body, Bun would send "Content-Length: 0". */
export function headResponse(headers: Readonly<Record<string, string>>): Response {
  return new Response(new ReadableStream(), { headers: { ...COMMON, ...headers } });
}

export function blobResponse(body: Blob, type: string): Response {
  return new Response(body, { headers: { ...COMMON, "Content-Type": type } });
}

export function fileResponse(bytes: Uint8Array, type: string, headers: Record<string, string>): Response {
  return new Response(new Blob([bytes as Uint8Array<ArrayBuffer>]), {
    headers: { ...COMMON, "Content-Type": type, ...headers },
  });
}

export function bodyTooLarge(): Response {
  return textResponse(413, `The body of a request may have ${MAX_BODY_BYTES} bytes; this one has more.`);
}

/** Reads a request's body as text, or refuses it. */
export async function readBody(request: Request): Promise<string | Response> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of request.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > MAX_BODY_BYTES) return bodyTooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}
