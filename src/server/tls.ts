import { readFileSync } from "node:fs";
import { ServerStartError } from "./errors.ts";

/** Where the certificate is that makes the server speak https. Both files are PEM and read once, at the start. */
export interface TlsFiles {
  /** The server's certificate, followed by those that signed it. `--tls-cert` */
  certFile: string;
  /** Its private key, without a passphrase. `--tls-key` */
  keyFile: string;
}

/** The texts of both files, as Bun.serve takes them. */
export interface TlsTexts {
  cert: string;
  key: string;
}

/** @throws ServerStartError "bad-certificate" for what can not be read, is none, or does not belong together */
export async function readTls({ certFile, keyFile }: TlsFiles): Promise<TlsTexts> {
  const cert = read(certFile, "certificate");
  const key = read(keyFile, "key");
  // It takes 10 ms to load, which only those wait for who want it.
  const { createPrivateKey, X509Certificate } = await import("node:crypto");
  const certificate = parsed(() => new X509Certificate(cert));
  if (certificate === null) {
    throw bad(`${certFile} holds no certificate: it must be PEM, with a line -----BEGIN CERTIFICATE-----.`);
  }
  if (/^-----BEGIN ENCRYPTED|^Proc-Type:.*ENCRYPTED/m.test(key)) {
    throw bad(
      `The key in ${keyFile} is protected by a passphrase, which scenecast does not ask for; make one without: openssl pkey -in ${keyFile} -out FILE.`,
    );
  }
  const privateKey = parsed(() => createPrivateKey(key));
  if (privateKey === null) {
    throw bad(`${keyFile} holds no private key: it must be PEM, with a line -----BEGIN PRIVATE KEY-----.`);
  }
  if (!certificate.checkPrivateKey(privateKey)) {
    throw bad(
      `The key in ${keyFile} is not that of the certificate in ${certFile}; give the two that were made together.`,
    );
  }
  return { cert, key };
}

function read(path: string, what: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : "";
    if (code === "ENOENT" || code === "ENOTDIR") throw bad(`There is no file ${path} for the TLS ${what}.`);
    if (code === "EACCES") throw bad(`This user may not read ${path}, the file of the TLS ${what}.`);
    const why = error instanceof Error ? error.message : String(error);
    throw bad(`The TLS ${what} in ${path} can not be read: ${why}`);
  }
}

function parsed<Result>(parse: () => Result): Result | null {
  try {
    return parse();
  } catch {
    return null;
  }
}

function bad(message: string): ServerStartError {
  return new ServerStartError(message, "bad-certificate");
}
