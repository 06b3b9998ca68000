import { type Address, parseMessage } from "werift";
import { TokenBucket } from "../rtp/token-bucket.ts";

/** First bytes of datagrams (RFC 7983): STUN's are below this … */
const STUN_END = 4;
/** … DTLS's are from here on … */
const DTLS_START = 20;
const DTLS_END = 64;
/** … and those of SRTP and SRTCP from here on. */
const SRTP_START = 128;
const SRTP_END = 192;
/** The bits of a STUN message that are not set in a request (RFC 8489, section 5). */
const STUN_CLASS = 0x0110;

/** DTLS's content types (RFC 6347, section 4.3.1). */
const CONTENT = { changeCipherSpec: 20, alert: 21, handshake: 22, applicationData: 23 } as const;
/** A record's type, version, epoch, sequence number and length. */
const RECORD_HEADER_BYTES = 13;

/** A peer has an address for each of its networks, and NATs on the way make more. Each costs memory. */
const MOST_ADDRESSES = 32;
/** A handshake has some 10 records of the peer; when each is sent again ten times, 100. Each costs time, and keys. */
const MOST_HANDSHAKE_RECORDS = 200;
/** Type, length, sequence number, and offset and length of the fragment (RFC 6347, section 4.2.2). */
const HANDSHAKE_HEADER_BYTES = 12;
/** Maximum length of a handshake message. werift allocates the announced length, which may be 16 MiB. */
const MAX_HANDSHAKE_BYTES = 1 << 16;

/**
 * Rate limits of inbound datagrams; excess ones are dropped, as by a congested link. A page sends about 200 a second: input,
 * acknowledgements, reports. Other addresses send only ICE checks, a few for each candidate of the peer.
 */
const MAX_PEER_DATAGRAMS_PER_SECOND = 2_000;
const MAX_OTHER_DATAGRAMS_PER_SECOND = 200;

/** A DTLS record that is encrypted. */
export interface SealedRecord {
  header: { type: number; version: number; epoch: number; sequenceNumber: number };
  fragment: Buffer;
}

export interface InboundPacketFilterOptions {
  /** What a peer that has our answer proves it by. */
  icePassword: () => string;
  /** Whether our own checks have chosen this address. */
  isSelected: (address: Address) => boolean;
  /** Whether the DTLS handshake is over. */
  isSecure: () => boolean;
  /** @throws where it is not the peer's */
  decrypt: (record: SealedRecord) => void;
  /** The peer has said that it leaves. */
  onGoodbye: () => void;
}

/**
 * Keeps from werift what is not the peer's. It takes STUN requests without looking at their signature and anything else from
 * anybody, so that one datagram of a stranger was enough to end a session, to begin its handshake anew, or to take the place of
 * a peer that was about to connect.
 */
export class InboundPacketFilter {
  readonly #options: InboundPacketFilterOptions;
  readonly #addresses = new Set<string>();
  readonly #fromPeer = new TokenBucket(MAX_PEER_DATAGRAMS_PER_SECOND, MAX_PEER_DATAGRAMS_PER_SECOND);
  readonly #fromOthers = new TokenBucket(MAX_OTHER_DATAGRAMS_PER_SECOND, MAX_OTHER_DATAGRAMS_PER_SECOND);
  #handshakeRecords = 0;

  constructor(options: InboundPacketFilterOptions) {
    this.#options = options;
  }

  /** What of a datagram is to be taken: all, nothing, or some of its DTLS records. */
  filter(datagram: Buffer, from: Address): Buffer[] {
    const [first = SRTP_END] = datagram;
    const isPeer = this.#addresses.has(nameOf(from)) || this.#options.isSelected(from);
    if (!(isPeer ? this.#fromPeer : this.#fromOthers).take()) return [];
    if (first < STUN_END) return this.#admitsStun(datagram, from) ? [datagram] : [];
    if (!isPeer) return [];
    if (first >= DTLS_START && first < DTLS_END) return this.#recordsOf(datagram);
    return first >= SRTP_START && first < SRTP_END ? [datagram] : [];
  }

  #admitsStun(message: Buffer, from: Address): boolean {
    if (message.byteLength < 2) return false;
    // Answers werift checks itself.
    if ((message.readUInt16BE(0) & STUN_CLASS) !== 0) return true;
    if (parseMessage(message, Buffer.from(this.#options.icePassword())) === undefined) return false;
    const name = nameOf(from);
    if (this.#addresses.size < MOST_ADDRESSES) this.#addresses.add(name);
    return this.#addresses.has(name);
  }

  #recordsOf(datagram: Buffer): Buffer[] {
    const records: Buffer[] = [];
    for (let at = 0; at + RECORD_HEADER_BYTES <= datagram.byteLength; ) {
      const end = at + RECORD_HEADER_BYTES + datagram.readUInt16BE(at + 11);
      if (end > datagram.byteLength) break;
      const record = datagram.subarray(at, end);
      if (this.#admitsRecord(record)) records.push(record);
      at = end;
    }
    return records;
  }

  #admitsRecord(record: Buffer): boolean {
    const type = record.readUInt8(0);
    const isSealed = record.readUInt16BE(3) > 0;
    if (type === CONTENT.alert) {
      // In the clear anybody can have written it; a handshake that failed is over after a while anyhow. One that is encrypted
      // werift reads as if it were not where the second byte, which is random in OpenSSL's, is the number of an alert.
      if (isSealed) this.#takeAlert(record);
      return false;
    }
    if (!isSealed && this.#options.isSecure()) return false;
    if (type === CONTENT.handshake) {
      if (this.#handshakeRecords++ >= MOST_HANDSHAKE_RECORDS) return false;
      return isSealed || hasPlausibleHandshakes(record.subarray(RECORD_HEADER_BYTES));
    }
    return type === CONTENT.changeCipherSpec || type === CONTENT.applicationData;
  }

  /** Whatever it says, the peer does not go on: WebRTC knows no alert that is only a warning. */
  #takeAlert(record: Buffer): void {
    try {
      this.#options.decrypt({
        header: {
          type: record.readUInt8(0),
          version: record.readUInt16BE(1),
          epoch: record.readUInt16BE(3),
          sequenceNumber: record.readUIntBE(5, 6),
        },
        fragment: record.subarray(RECORD_HEADER_BYTES),
      });
    } catch {
      return;
    }
    this.#options.onGoodbye();
  }
}

/** Whether all handshake fragments of a DTLS record are complete, and lie within messages of a plausible length. */
function hasPlausibleHandshakes(fragment: Buffer): boolean {
  for (let at = 0; at < fragment.byteLength; ) {
    if (at + HANDSHAKE_HEADER_BYTES > fragment.byteLength) return false;
    const length = fragment.readUIntBE(at + 1, 3);
    const [offset, bytes] = [fragment.readUIntBE(at + 6, 3), fragment.readUIntBE(at + 9, 3)];
    if (length > MAX_HANDSHAKE_BYTES || offset + bytes > length) return false;
    at += HANDSHAKE_HEADER_BYTES + bytes;
    if (at > fragment.byteLength) return false;
  }
  return true;
}

function nameOf([host, port]: Address): string {
  return `${host} ${port}`;
}
