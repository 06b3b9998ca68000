import { type Address, parseMessage } from "werift";
import { TokenBucket } from "../rtp/token-bucket.ts";
import type { SealedRecord } from "./werift-internals.ts";

/** Ranges of the first byte of a datagram (RFC 7983): STUN from 0, DTLS, and SRTP or SRTCP. */
const STUN_END = 4;
const DTLS_START = 20;
const DTLS_END = 64;
const SRTP_START = 128;
const SRTP_END = 192;
/** Class bits of a STUN message (RFC 8489, section 5); none is set in a request. */
const STUN_CLASS = 0x0110;

/** DTLS content types (RFC 6347, section 4.3.1). */
const CONTENT = { changeCipherSpec: 20, alert: 21, handshake: 22, applicationData: 23 } as const;
/** Type, version, epoch, sequence number and length of a record. */
const RECORD_HEADER_BYTES = 13;

/** Maximum number of addresses of one peer: one for each of its networks, and more behind NATs. Each costs memory. */
const MAX_ADDRESSES = 32;
/** Maximum number of handshake records: a peer sends about 10, so 100 if each is retransmitted ten times. Each costs CPU time. */
const MAX_HANDSHAKE_RECORDS = 200;
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

export interface InboundPacketFilterOptions {
  /** The password of our answer, with which the peer signs its ICE checks. */
  icePassword: () => string;
  /** Whether our own ICE checks have selected this address. */
  isSelected: (address: Address) => boolean;
  /** Whether the DTLS handshake is complete. */
  isSecure: () => boolean;
  /** @throws Error if the record is not from the peer */
  verify: (record: SealedRecord) => void;
  /** Called when the peer has sent an authenticated DTLS alert, which ends the connection. */
  onCloseNotify: () => void;
}

/**
 * Drops inbound datagrams that did not come from the authenticated peer. werift accepts STUN requests without checking their
 * signature, and everything else from any address, so that a single datagram of a third party could end a session, restart its
 * handshake, or connect in place of a peer.
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

  /** Returns the accepted parts of a datagram: all of it, none, or some of its DTLS records. */
  filter(datagram: Buffer, from: Address): Buffer[] {
    const [first = SRTP_END] = datagram;
    const isPeer = this.#addresses.has(addressKey(from)) || this.#options.isSelected(from);
    if (!(isPeer ? this.#fromPeer : this.#fromOthers).take()) return [];
    if (first < STUN_END) return this.#acceptsStun(datagram, from) ? [datagram] : [];
    if (!isPeer) return [];
    if (first >= DTLS_START && first < DTLS_END) return this.#acceptedRecords(datagram);
    return first >= SRTP_START && first < SRTP_END ? [datagram] : [];
  }

  #acceptsStun(message: Buffer, from: Address): boolean {
    if (message.byteLength < 2) return false;
    // werift itself checks responses.
    if ((message.readUInt16BE(0) & STUN_CLASS) !== 0) return true;
    if (parseMessage(message, Buffer.from(this.#options.icePassword())) === undefined) return false;
    const key = addressKey(from);
    if (this.#addresses.size < MAX_ADDRESSES) this.#addresses.add(key);
    return this.#addresses.has(key);
  }

  #acceptedRecords(datagram: Buffer): Buffer[] {
    const records: Buffer[] = [];
    for (let at = 0; at + RECORD_HEADER_BYTES <= datagram.byteLength; ) {
      const end = at + RECORD_HEADER_BYTES + datagram.readUInt16BE(at + 11);
      if (end > datagram.byteLength) break;
      const record = datagram.subarray(at, end);
      if (this.#acceptsRecord(record)) records.push(record);
      at = end;
    }
    return records;
  }

  #acceptsRecord(record: Buffer): boolean {
    const type = record.readUInt8(0);
    const isSealed = record.readUInt16BE(3) > 0;
    if (type === CONTENT.alert) {
      // An unencrypted alert may be forged, and a failed handshake times out anyway. An encrypted one is handled here, because
      // werift reads its ciphertext as an alert if the second byte, which is random with OpenSSL, is the number of one.
      if (isSealed) this.#handleAlert(record);
      return false;
    }
    if (!isSealed && this.#options.isSecure()) return false;
    if (type === CONTENT.handshake) {
      if (this.#handshakeRecords++ >= MAX_HANDSHAKE_RECORDS) return false;
      return isSealed || hasPlausibleHandshakes(record.subarray(RECORD_HEADER_BYTES));
    }
    return type === CONTENT.changeCipherSpec || type === CONTENT.applicationData;
  }

  /** Treats every authenticated alert as the end of the connection: WebRTC uses none that is only a warning. */
  #handleAlert(record: Buffer): void {
    try {
      this.#options.verify({
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
    this.#options.onCloseNotify();
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

function addressKey([host, port]: Address): string {
  return `${host} ${port}`;
}
