/** Characters of a token: they need no escaping in a URL or a shell. At least 8 are required, against guessing. */
export const TOKEN_PATTERN: RegExp = /^[A-Za-z0-9._~-]{8,256}$/;
export const TOKEN_RULE = "A token is 8 to 256 letters, digits and . _ ~ - characters.";

/** Makes a random token of 144 bits. */
export function makeToken(): string {
  return Buffer.from(crypto.getRandomValues(new Uint8Array(18))).toString("base64url");
}
