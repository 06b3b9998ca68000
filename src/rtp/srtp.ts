/**
 * SRTP and SRTCP (RFC 3711; RFC 7714 for AES-GCM), with the AES, HMAC and constant-time comparison of node:crypto, which is Bun's
 * BoringSSL. No library is used, because
 * - werift's SrtcpSession has no replay protection (RFC 3711, section 3.3.2), and its SrtpSession needs more CPU time for a packet
 *   of 1,200 bytes: with AES-CM 4.2 to 5.3 µs against 3.3 to 3.8 µs here, with AES-GCM 2.6 to 3.0 µs against 2.1 to 2.9 µs
 *   (scripts/bench/srtp.ts, four runs);
 * - libsrtp2 would bring a second crypto library into the executable (OpenSSL, NSS, mbedTLS or its own AES).
 *
 * Checked against the test vectors of RFC 3711, werift (test/rtp/srtp.test.ts) and libsrtp (test/interop/libsrtp.test.ts).
 */
import { createCipheriv, createDecipheriv, createHmac, timingSafeEqual } from "node:crypto";

/** Protection profiles, by their numbers in DTLS-SRTP (RFC 5764, section 4.1.2; RFC 7714, section 14.2). */
export const SRTP_PROFILE = { aesCmSha1: 0x0001, aeadAesGcm: 0x0007 } as const;
export type SrtpProfile = (typeof SRTP_PROFILE)[keyof typeof SRTP_PROFILE];

/** The master key and salt of one direction. */
export interface SrtpKeys {
  readonly key: Uint8Array;
  readonly salt: Uint8Array;
}

/** Length of a master key, and by profile of a master salt, bytes. */
export const KEY_BYTES = 16;
export const saltBytes = (profile: SrtpProfile): number => (profile === SRTP_PROFILE.aeadAesGcm ? 12 : 14);

const AUTH_KEY_BYTES = 20;
const GCM_TAG_BYTES = 16;
const SHA1_TAG_BYTES = 10;
const SRTCP_INDEX_BYTES = 4;
/** The E flag in front of an SRTCP index: the packet is encrypted. */
const ENCRYPTED = 0x80000000;
/** Unencrypted part of an RTCP packet: its first header and the sender's SSRC. */
const RTCP_CLEAR_BYTES = 8;
/** Size of the replay window, packets: 64 at least (RFC 3711, section 3.3.2), 128 in libsrtp. */
const REPLAY_WINDOW = 128;
/** Maximum number of sources (SSRCs) in one peer's reports; each needs a replay window. Browsers use one or two. */
const MAX_SOURCES = 16;

/** Labels of the key derivation (RFC 3711, section 4.3.2). */
const LABEL = { rtp: { key: 0, auth: 1, salt: 2 }, rtcp: { key: 3, auth: 4, salt: 5 } } as const;

/** The session keys of RTP or of RTCP in one direction. */
interface SessionKeys {
  readonly key: Buffer;
  readonly auth: Buffer;
  /** 16 bytes for AES-CM, the last two zero; 12 for AES-GCM. */
  readonly salt: Buffer;
}

/** Encrypts and authenticates RTP and RTCP of one direction. */
export class SrtpSender {
  readonly #profile: SrtpProfile;
  readonly #rtp: SessionKeys;
  readonly #rtcp: SessionKeys;
  /** The newest sequence number and the roll-over counter of each source. */
  readonly #sources = new Map<number, { newest: number; rollovers: number }>();
  #rtcpIndex = 0;

  constructor(profile: SrtpProfile, keys: SrtpKeys) {
    this.#profile = profile;
    this.#rtp = deriveSessionKeys(profile, keys, "rtp");
    this.#rtcp = deriveSessionKeys(profile, keys, "rtcp");
  }

  /** @param packet an RTP packet; its header, extensions included, has `headerBytes` */
  protectRtp(packet: Uint8Array, headerBytes: number): Buffer {
    const view = new DataView(packet.buffer, packet.byteOffset, packet.byteLength);
    const sequence = view.getUint16(2);
    const ssrc = view.getUint32(8);
    const rollovers = this.#countRollovers(ssrc, sequence);
    const header = packet.subarray(0, headerBytes);
    const payload = packet.subarray(headerBytes);
    if (this.#profile === SRTP_PROFILE.aeadAesGcm) {
      const iv = gcmIv(this.#rtp.salt, ssrc, rollovers, sequence);
      return Buffer.concat([header, ...sealGcm(this.#rtp.key, iv, header, payload)]);
    }
    const ciphertext = applyAesCm(
      this.#rtp.key,
      this.#rtp.salt,
      ssrc,
      rollovers * 0x10000 + sequence,
      payload,
    );
    const counter = Buffer.allocUnsafe(4);
    counter.writeUInt32BE(rollovers);
    const tag = createHmac("sha1", this.#rtp.auth).update(header).update(ciphertext).update(counter).digest();
    return Buffer.concat([header, ciphertext, tag.subarray(0, SHA1_TAG_BYTES)]);
  }

  /** @param packet a compound RTCP packet */
  protectRtcp(packet: Uint8Array): Buffer {
    this.#rtcpIndex = (this.#rtcpIndex + 1) % ENCRYPTED;
    const ssrc = new DataView(packet.buffer, packet.byteOffset).getUint32(4);
    const clear = packet.subarray(0, RTCP_CLEAR_BYTES);
    const plaintext = packet.subarray(RTCP_CLEAR_BYTES);
    const index = Buffer.allocUnsafe(SRTCP_INDEX_BYTES);
    index.writeUInt32BE(this.#rtcpIndex + ENCRYPTED);
    if (this.#profile === SRTP_PROFILE.aeadAesGcm) {
      const iv = gcmIv(this.#rtcp.salt, ssrc, this.#rtcpIndex >>> 16, this.#rtcpIndex & 0xffff);
      const additional = Buffer.concat([clear, index]);
      return Buffer.concat([clear, ...sealGcm(this.#rtcp.key, iv, additional, plaintext), index]);
    }
    const ciphertext = applyAesCm(this.#rtcp.key, this.#rtcp.salt, ssrc, this.#rtcpIndex, plaintext);
    const authenticated = Buffer.concat([clear, ciphertext, index]);
    const tag = createHmac("sha1", this.#rtcp.auth).update(authenticated).digest();
    return Buffer.concat([authenticated, tag.subarray(0, SHA1_TAG_BYTES)]);
  }

  #countRollovers(ssrc: number, sequence: number): number {
    const source = this.#sources.get(ssrc);
    if (source === undefined) {
      this.#sources.set(ssrc, { newest: sequence, rollovers: 0 });
      return 0;
    }
    // Sequence numbers of a source only increase: retransmissions have a source of their own.
    if (sequence < source.newest) source.rollovers++;
    source.newest = sequence;
    return source.rollovers;
  }
}

/** Authenticates and decrypts the RTCP of one peer. */
export class SrtcpReceiver {
  readonly #profile: SrtpProfile;
  readonly #keys: SessionKeys;
  /** By SSRC. */
  readonly #replayWindows = new Map<number, ReplayWindow>();

  constructor(profile: SrtpProfile, keys: SrtpKeys) {
    this.#profile = profile;
    this.#keys = deriveSessionKeys(profile, keys, "rtcp");
  }

  /** @returns the compound RTCP packet; null if it is not authentic, or a replay */
  unprotect(packet: Uint8Array): Buffer | null {
    const isGcm = this.#profile === SRTP_PROFILE.aeadAesGcm;
    const tagBytes = isGcm ? GCM_TAG_BYTES : SHA1_TAG_BYTES;
    const body = Buffer.from(packet.buffer, packet.byteOffset, packet.byteLength);
    if (body.byteLength < RTCP_CLEAR_BYTES + SRTCP_INDEX_BYTES + tagBytes) return null;
    // The index is at the end with AES-GCM, and before the tag with AES-CM.
    const indexAt = body.byteLength - SRTCP_INDEX_BYTES - (isGcm ? 0 : SHA1_TAG_BYTES);
    const word = body.readUInt32BE(indexAt);
    const index = word % ENCRYPTED;
    const ssrc = body.readUInt32BE(4);
    const known = this.#replayWindows.get(ssrc);
    if (known === undefined && this.#replayWindows.size >= MAX_SOURCES) return null;
    const window = known ?? new ReplayWindow();
    if (word < ENCRYPTED || window.has(index)) return null;
    const plaintext = isGcm ? this.#openGcm(body, indexAt, index) : this.#openCm(body, indexAt, index);
    if (plaintext === null) return null;
    // Only after authentication, so that forged packets do not change the windows.
    window.add(index);
    this.#replayWindows.set(ssrc, window);
    return plaintext;
  }

  #openGcm(body: Buffer, indexAt: number, index: number): Buffer | null {
    const clear = body.subarray(0, RTCP_CLEAR_BYTES);
    const tagAt = indexAt - GCM_TAG_BYTES;
    const iv = gcmIv(this.#keys.salt, body.readUInt32BE(4), index >>> 16, index & 0xffff);
    const decipher = createDecipheriv("aes-128-gcm", this.#keys.key, iv);
    decipher.setAAD(Buffer.concat([clear, body.subarray(indexAt)]));
    decipher.setAuthTag(body.subarray(tagAt, indexAt));
    try {
      const plaintext = decipher.update(body.subarray(RTCP_CLEAR_BYTES, tagAt));
      return Buffer.concat([clear, plaintext, decipher.final()]);
    } catch {
      return null;
    }
  }

  #openCm(body: Buffer, indexAt: number, index: number): Buffer | null {
    const tagAt = indexAt + SRTCP_INDEX_BYTES;
    const tag = createHmac("sha1", this.#keys.auth).update(body.subarray(0, tagAt)).digest();
    if (!timingSafeEqual(tag.subarray(0, SHA1_TAG_BYTES), body.subarray(tagAt))) return null;
    const ciphertext = body.subarray(RTCP_CLEAR_BYTES, indexAt);
    const { key, salt } = this.#keys;
    const plaintext = applyAesCm(key, salt, body.readUInt32BE(4), index, ciphertext);
    return Buffer.concat([body.subarray(0, RTCP_CLEAR_BYTES), plaintext]);
  }
}

/** The indices recently received from one source (RFC 3711, section 3.3.2). */
class ReplayWindow {
  #newest = -1;
  /** Bit i: whether the index `#newest` - i was received. */
  #received = 0n;

  has(index: number): boolean {
    const behind = this.#newest - index;
    if (behind < 0) return false;
    return behind >= REPLAY_WINDOW || ((this.#received >> BigInt(behind)) & 1n) === 1n;
  }

  add(index: number): void {
    const ahead = index - this.#newest;
    if (ahead > 0) {
      const shifted = this.#received << BigInt(Math.min(ahead, REPLAY_WINDOW));
      this.#received = BigInt.asUintN(REPLAY_WINDOW, shifted | 1n);
      this.#newest = index;
    } else this.#received |= 1n << BigInt(-ahead);
  }
}

/** Key derivation with a rate of 0 (RFC 3711, section 4.3). Exported for its test vectors. */
export function deriveSessionKeys(
  profile: SrtpProfile,
  { key, salt }: SrtpKeys,
  protocol: "rtp" | "rtcp",
): SessionKeys {
  const derive = (label: number, bytes: number): Buffer => {
    const iv = Buffer.alloc(16);
    iv.set(salt);
    iv[7] = (iv[7] ?? 0) ^ label;
    return createCipheriv("aes-128-ctr", key, iv).update(Buffer.alloc(bytes));
  };
  const sessionSalt = derive(LABEL[protocol].salt, saltBytes(profile));
  return {
    key: derive(LABEL[protocol].key, KEY_BYTES),
    auth: derive(LABEL[protocol].auth, AUTH_KEY_BYTES),
    salt: profile === SRTP_PROFILE.aeadAesGcm ? sessionSalt : Buffer.concat([sessionSalt, Buffer.alloc(2)]),
  };
}

/**
 * AES in counter mode (RFC 3711, section 4.1.1): encrypts or decrypts. The IV is the salt of 16 bytes, XOR the SSRC at byte 4, XOR
 * the packet index of 48 bits at byte 8. Exported for its test vectors.
 */
export function applyAesCm(key: Buffer, salt: Buffer, ssrc: number, index: number, data: Uint8Array): Buffer {
  const iv = Buffer.from(salt);
  iv.writeUInt32BE((iv.readUInt32BE(4) ^ ssrc) >>> 0, 4);
  iv.writeUInt32BE((iv.readUInt32BE(8) ^ Math.floor(index / 0x10000)) >>> 0, 8);
  iv.writeUInt16BE(iv.readUInt16BE(12) ^ (index & 0xffff), 12);
  return createCipheriv("aes-128-ctr", key, iv).update(data);
}

/** The IV of AES-GCM (RFC 7714, sections 8.1 and 9.1): 16 zero bits, the SSRC, and 48 bits of index, XOR the salt. */
function gcmIv(salt: Buffer, ssrc: number, indexHigh: number, indexLow: number): Buffer {
  const iv = Buffer.from(salt);
  iv.writeUInt32BE((iv.readUInt32BE(2) ^ ssrc) >>> 0, 2);
  iv.writeUInt32BE((iv.readUInt32BE(6) ^ indexHigh) >>> 0, 6);
  iv.writeUInt16BE(iv.readUInt16BE(10) ^ indexLow, 10);
  return iv;
}

/** AES-GCM encryption. @returns ciphertext and tag */
function sealGcm(key: Buffer, iv: Buffer, additional: Uint8Array, plaintext: Uint8Array): Buffer[] {
  const cipher = createCipheriv("aes-128-gcm", key, iv);
  cipher.setAAD(additional);
  const ciphertext = cipher.update(plaintext);
  cipher.final();
  return [ciphertext, cipher.getAuthTag()];
}
