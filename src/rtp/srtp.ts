import { createCipheriv, createDecipheriv, createHmac, timingSafeEqual } from "node:crypto";

/** What DTLS-SRTP agreed on (RFC 5764, section 4.1.2; RFC 7714, section 14.2), by its number there. */
export const SRTP_PROFILE = { aesCmSha1: 0x0001, aeadAesGcm: 0x0007 } as const;
export type SrtpProfile = (typeof SRTP_PROFILE)[keyof typeof SRTP_PROFILE];

/** The master key and salt of one direction. */
export interface SrtpKeys {
  readonly key: Uint8Array;
  readonly salt: Uint8Array;
}

/** Bytes of a master key, and of a master salt, by profile. */
export const KEY_BYTES = 16;
export const saltBytes = (profile: SrtpProfile): number => (profile === SRTP_PROFILE.aeadAesGcm ? 12 : 14);

const GCM_TAG_BYTES = 16;
const SHA1_TAG_BYTES = 10;
const SRTCP_INDEX_BYTES = 4;
/** The E flag in front of an SRTCP index: the packet is encrypted. */
const ENCRYPTED = 0x80000000;
/** What of an RTCP packet is sent in the clear: its first header and the sender's SSRC. */
const RTCP_CLEAR_BYTES = 8;
/** How far behind the newest a packet may come and still be told from one that was sent twice. */
const REPLAY_WINDOW = 64;
/** Maximum number of sources (SSRCs) in one peer's reports; each needs a replay window. Browsers use one or two. */
const MAX_SOURCES = 16;

/** Labels of the key derivation (RFC 3711, section 4.3.2). */
const LABEL = { rtp: { key: 0, auth: 1, salt: 2 }, rtcp: { key: 3, auth: 4, salt: 5 } } as const;

/** The session keys of RTP or of RTCP in one direction. */
interface SessionKeys {
  readonly key: Buffer;
  readonly auth: Buffer;
  /** 16 bytes for AES-CM, 12 for AES-GCM. */
  readonly salt: Buffer;
}

/** Encrypts RTP and RTCP of one direction (RFC 3711; RFC 7714 for AES-GCM). */
export class SrtpWriter {
  readonly #profile: SrtpProfile;
  readonly #rtp: SessionKeys;
  readonly #rtcp: SessionKeys;
  /** The newest sequence number of each source, and how often it began anew. */
  readonly #sources = new Map<number, { newest: number; rollovers: number }>();
  #rtcpIndex = 0;

  constructor(profile: SrtpProfile, keys: SrtpKeys) {
    this.#profile = profile;
    this.#rtp = sessionKeys(profile, keys, "rtp");
    this.#rtcp = sessionKeys(profile, keys, "rtcp");
  }

  /** @param packet an RTP packet; its header, extensions included, has `headerBytes` */
  rtp(packet: Uint8Array, headerBytes: number): Buffer {
    const view = new DataView(packet.buffer, packet.byteOffset, packet.byteLength);
    const sequence = view.getUint16(2);
    const ssrc = view.getUint32(8);
    const rollovers = this.#rollovers(ssrc, sequence);
    const header = packet.subarray(0, headerBytes);
    const payload = packet.subarray(headerBytes);
    if (this.#profile === SRTP_PROFILE.aeadAesGcm) {
      const iv = gcmVector(this.#rtp.salt, ssrc, rollovers, sequence);
      return Buffer.concat([header, ...sealed(this.#rtp.key, iv, header, payload)]);
    }
    const index = rollovers * 0x10000 + sequence;
    const body = createCipheriv("aes-128-ctr", this.#rtp.key, counter(this.#rtp.salt, ssrc, index)).update(
      payload,
    );
    const turns = Buffer.allocUnsafe(4);
    turns.writeUInt32BE(rollovers);
    const tag = createHmac("sha1", this.#rtp.auth).update(header).update(body).update(turns).digest();
    return Buffer.concat([header, body, tag.subarray(0, SHA1_TAG_BYTES)]);
  }

  /** @param packet a compound RTCP packet */
  rtcp(packet: Uint8Array): Buffer {
    this.#rtcpIndex = (this.#rtcpIndex + 1) % ENCRYPTED;
    const ssrc = new DataView(packet.buffer, packet.byteOffset).getUint32(4);
    const clear = packet.subarray(0, RTCP_CLEAR_BYTES);
    const secret = packet.subarray(RTCP_CLEAR_BYTES);
    const index = Buffer.allocUnsafe(SRTCP_INDEX_BYTES);
    index.writeUInt32BE(this.#rtcpIndex + ENCRYPTED);
    if (this.#profile === SRTP_PROFILE.aeadAesGcm) {
      const iv = gcmVector(this.#rtcp.salt, ssrc, this.#rtcpIndex >>> 16, this.#rtcpIndex & 0xffff);
      const open = Buffer.concat([clear, index]);
      return Buffer.concat([clear, ...sealed(this.#rtcp.key, iv, open, secret), index]);
    }
    const iv = counter(this.#rtcp.salt, ssrc, this.#rtcpIndex);
    const body = createCipheriv("aes-128-ctr", this.#rtcp.key, iv).update(secret);
    const signed = Buffer.concat([clear, body, index]);
    const tag = createHmac("sha1", this.#rtcp.auth).update(signed).digest();
    return Buffer.concat([signed, tag.subarray(0, SHA1_TAG_BYTES)]);
  }

  #rollovers(ssrc: number, sequence: number): number {
    const source = this.#sources.get(ssrc);
    if (source === undefined) {
      this.#sources.set(ssrc, { newest: sequence, rollovers: 0 });
      return 0;
    }
    // Each packet of a source leaves once and in order: what is sent again has another source.
    if (sequence < source.newest) source.rollovers++;
    source.newest = sequence;
    return source.rollovers;
  }
}

/** Decrypts the RTCP that comes from one peer. */
export class SrtcpReader {
  readonly #profile: SrtpProfile;
  readonly #keys: SessionKeys;
  /** By source. */
  readonly #replays = new Map<number, ReplayWindow>();

  constructor(profile: SrtpProfile, keys: SrtpKeys) {
    this.#profile = profile;
    this.#keys = sessionKeys(profile, keys, "rtcp");
  }

  /** @returns the compound RTCP packet; null for what was not sent by the peer, or came before */
  rtcp(packet: Uint8Array): Buffer | null {
    const gcm = this.#profile === SRTP_PROFILE.aeadAesGcm;
    const tagBytes = gcm ? GCM_TAG_BYTES : SHA1_TAG_BYTES;
    const body = Buffer.from(packet.buffer, packet.byteOffset, packet.byteLength);
    if (body.byteLength < RTCP_CLEAR_BYTES + SRTCP_INDEX_BYTES + tagBytes) return null;
    // The index is the last with AES-GCM, and stands before the tag with AES-CM.
    const indexAt = body.byteLength - SRTCP_INDEX_BYTES - (gcm ? 0 : SHA1_TAG_BYTES);
    const word = body.readUInt32BE(indexAt);
    const index = word % ENCRYPTED;
    const ssrc = body.readUInt32BE(4);
    const known = this.#replays.get(ssrc);
    if (known === undefined && this.#replays.size >= MAX_SOURCES) return null;
    const replays = known ?? new ReplayWindow();
    if (word < ENCRYPTED || replays.has(index)) return null;
    const plain = gcm ? this.#openGcm(body, indexAt, index) : this.#openCm(body, indexAt, index);
    if (plain === null) return null;
    replays.add(index);
    // Only who has the keys comes to here.
    this.#replays.set(ssrc, replays);
    return plain;
  }

  #openGcm(body: Buffer, indexAt: number, index: number): Buffer | null {
    const clear = body.subarray(0, RTCP_CLEAR_BYTES);
    const tagAt = indexAt - GCM_TAG_BYTES;
    const iv = gcmVector(this.#keys.salt, body.readUInt32BE(4), index >>> 16, index & 0xffff);
    const decipher = createDecipheriv("aes-128-gcm", this.#keys.key, iv);
    decipher.setAAD(Buffer.concat([clear, body.subarray(indexAt)]));
    decipher.setAuthTag(body.subarray(tagAt, indexAt));
    try {
      return Buffer.concat([
        clear,
        decipher.update(body.subarray(RTCP_CLEAR_BYTES, tagAt)),
        decipher.final(),
      ]);
    } catch {
      return null;
    }
  }

  #openCm(body: Buffer, indexAt: number, index: number): Buffer | null {
    const tagAt = indexAt + SRTCP_INDEX_BYTES;
    const tag = createHmac("sha1", this.#keys.auth).update(body.subarray(0, tagAt)).digest();
    if (!timingSafeEqual(tag.subarray(0, SHA1_TAG_BYTES), body.subarray(tagAt))) return null;
    const iv = counter(this.#keys.salt, body.readUInt32BE(4), index);
    const cipher = createCipheriv("aes-128-ctr", this.#keys.key, iv);
    return Buffer.concat([
      body.subarray(0, RTCP_CLEAR_BYTES),
      cipher.update(body.subarray(RTCP_CLEAR_BYTES, indexAt)),
    ]);
  }
}

/** Which indices have come lately from one source (RFC 3711, section 3.3.2). */
class ReplayWindow {
  #newest = -1;
  /** Bit i: whether the index that is i less than the newest has come. */
  #seen = 0n;

  has(index: number): boolean {
    const behind = this.#newest - index;
    if (behind < 0) return false;
    return behind >= REPLAY_WINDOW || ((this.#seen >> BigInt(behind)) & 1n) === 1n;
  }

  add(index: number): void {
    const ahead = index - this.#newest;
    if (ahead > 0) {
      const moved = this.#seen << BigInt(Math.min(ahead, REPLAY_WINDOW));
      this.#seen = BigInt.asUintN(REPLAY_WINDOW, moved | 1n);
      this.#newest = index;
    } else this.#seen |= 1n << BigInt(-ahead);
  }
}

function sessionKeys(profile: SrtpProfile, { key, salt }: SrtpKeys, of: "rtp" | "rtcp"): SessionKeys {
  const derive = (label: number, bytes: number): Buffer => {
    const iv = Buffer.alloc(16);
    iv.set(salt);
    iv[7] = (iv[7] ?? 0) ^ label;
    return createCipheriv("aes-128-ctr", key, iv).update(Buffer.alloc(bytes));
  };
  const sessionSalt = derive(LABEL[of].salt, saltBytes(profile));
  return {
    key: derive(LABEL[of].key, KEY_BYTES),
    auth: derive(LABEL[of].auth, 20),
    salt: profile === SRTP_PROFILE.aeadAesGcm ? sessionSalt : Buffer.concat([sessionSalt, Buffer.alloc(2)]),
  };
}

/** The counter of AES-CM: the salt, the source at byte 4, the packet's index of 48 bits at byte 8. */
function counter(salt: Buffer, ssrc: number, index: number): Buffer {
  const iv = Buffer.from(salt);
  iv.writeUInt32BE((iv.readUInt32BE(4) ^ ssrc) >>> 0, 4);
  iv.writeUInt32BE((iv.readUInt32BE(8) ^ Math.floor(index / 0x10000)) >>> 0, 8);
  iv.writeUInt16BE(iv.readUInt16BE(12) ^ (index & 0xffff), 12);
  return iv;
}

/** The vector of AES-GCM (RFC 7714, sections 8.1 and 9.1): 16 zeros, the source, then 48 bits of index. */
function gcmVector(salt: Buffer, ssrc: number, high: number, low: number): Buffer {
  const iv = Buffer.from(salt);
  iv.writeUInt32BE((iv.readUInt32BE(2) ^ ssrc) >>> 0, 2);
  iv.writeUInt32BE((iv.readUInt32BE(6) ^ high) >>> 0, 6);
  iv.writeUInt16BE(iv.readUInt16BE(10) ^ low, 10);
  return iv;
}

/** The encrypted bytes and their tag. */
function sealed(key: Buffer, iv: Buffer, open: Uint8Array, secret: Uint8Array): Buffer[] {
  const cipher = createCipheriv("aes-128-gcm", key, iv);
  cipher.setAAD(open);
  const body = cipher.update(secret);
  cipher.final();
  return [body, cipher.getAuthTag()];
}
