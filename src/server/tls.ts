import { readFileSync } from "node:fs";
import { ServerStartError } from "./errors.ts";

/** Certificate for https. Both files are PEM, and read once at the start. */
export interface TlsFiles {
  /** The server's certificate, followed by those of its issuers. `--tls-cert` */
  certFile: string;
  /** The private key, without a passphrase. `--tls-key` */
  keyFile: string;
}

/** Reads both files, as Bun.serve accepts them. @throws ServerStartError "bad-certificate" if a file cannot be read or is invalid, or if they do not belong together */
export async function readTls({ certFile, keyFile }: TlsFiles): Promise<Record<"cert" | "key", string>> {
  const cert = read(certFile, "certificate");
  const key = read(keyFile, "key");
  // Imported here, since it takes 10 ms to load.
  const { createPrivateKey, X509Certificate } = await import("node:crypto");
  const certificate = tryParse(() => new X509Certificate(cert));
  if (certificate === null) {
    throw certificateError(
      `${certFile} contains no certificate: it must be PEM, with a line -----BEGIN CERTIFICATE-----.`,
    );
  }
  if (/^-----BEGIN ENCRYPTED|^Proc-Type:.*ENCRYPTED/m.test(key)) {
    throw certificateError(
      `The key in ${keyFile} is protected by a passphrase, which is not supported. Make one without: openssl pkey -in ${keyFile} -out FILE.`,
    );
  }
  const privateKey = tryParse(() => createPrivateKey(key));
  if (privateKey === null) {
    throw certificateError(
      `${keyFile} contains no private key: it must be PEM, with a line -----BEGIN PRIVATE KEY-----.`,
    );
  }
  if (!certificate.checkPrivateKey(privateKey)) {
    throw certificateError(
      `The key in ${keyFile} does not match the certificate in ${certFile}. Give a key and a certificate that belong together.`,
    );
  }
  return { cert, key };
}

function read(path: string, what: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : "";
    if (code === "ENOENT" || code === "ENOTDIR")
      throw certificateError(`There is no file ${path} for the TLS ${what}.`);
    if (code === "EACCES")
      throw certificateError(`This user may not read ${path}, the file of the TLS ${what}.`);
    const reason = error instanceof Error ? error.message : String(error);
    throw certificateError(`The TLS ${what} in ${path} cannot be read: ${reason}`);
  }
}

function tryParse<Result>(parse: () => Result): Result | null {
  try {
    return parse();
  } catch {
    return null;
  }
}

function certificateError(message: string): ServerStartError {
  return new ServerStartError(message, "bad-certificate");
}
