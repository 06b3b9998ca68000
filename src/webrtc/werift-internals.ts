import type { EventEmitter } from "node:events";
import { getLogger } from "@logtape/logtape";
import type { Address, Event, RTCDtlsTransport, RTCSctpTransport } from "werift";
import { KEY_BYTES, type SrtpKeys, type SrtpProfile, saltBytes } from "../rtp/srtp.ts";

/**
 * Everything that uses private or undocumented members of werift. werift-internals.test.ts checks that each of them exists in the
 * installed version, and fails if that is not this one: read the new version's code for these members before changing the number.
 */
export const WERIFT_VERSION = "0.25.2";

const log = getLogger(["scenecast", "webrtc"]);

/** DTLS content type of an alert (RFC 6347, section 4.3.1). */
const ALERT = 21;
const WARNING_CLOSE_NOTIFY = Buffer.from([1, 0]);
const RECORD_HEADER_BYTES = 13;

/** Maximum number of ICE transaction ids kept per candidate pair; werift detects repeated checks with them. */
const MAX_TRANSACTION_IDS = 100;

type ReceiveDatagram = (datagram: Buffer, from: Address) => void;

/** Private members of werift's ICE connection. */
export interface IceInternals {
  /** The sockets of host candidates, and the clients of TURN servers. */
  protocols: IceProtocol[];
  /** Subscribes to a protocol before its first use. */
  ensureProtocol: (protocol: IceProtocol) => void;
}

interface IceProtocol {
  transport?: { socket?: EventEmitter };
  /** The client of a TURN server; undefined for a socket. */
  turn?: { transport: { socket?: EventEmitter }; onData: Event<[Buffer, Address]> };
  datagramReceived: ReceiveDatagram;
}

/** Fragments of incomplete messages on one SCTP stream. */
interface InboundStream {
  readonly reassembly: { readonly length: number };
}

/** Private members of werift's SCTP association. */
export interface SctpInternals {
  sctp: {
    /** Unused part of the receive window, bytes. */
    advertisedRwnd: number;
    localTsn: number;
    /** Undefined until the peer's INIT. */
    lastReceivedTsn: number | undefined;
    inboundStreams: Record<number, InboundStream>;
    readonly onReceive: Event<[stream: number, protocol: number, data: Buffer]>;
    getInboundStream(stream: number): InboundStream;
    handleData(packet: Buffer): Promise<void>;
  };
  datachannelReceive(stream: number, protocol: number, data: Buffer): Promise<void>;
}

/** Placeholder for an SCTP stream beyond a limit: accepts chunks and keeps none. */
export const DISCARDING_STREAM = {
  reassembly: { length: 0 },
  streamSequenceNumber: 0,
  addChunk() {},
  popMessages: () => [],
  pruneChunks: () => 0,
};

export function sctpInternals(transport: RTCSctpTransport): SctpInternals {
  return transport as unknown as SctpInternals;
}

export function iceInternals(transport: RTCDtlsTransport): IceInternals {
  return transport.iceTransport.connection as unknown as IceInternals;
}

/** Calls back with the keys of both directions when the DTLS handshake is complete, in place of werift's own SRTP. */
export function onSrtpKeys(
  transport: RTCDtlsTransport,
  listener: (profile: SrtpProfile, local: SrtpKeys, remote: SrtpKeys) => void,
): void {
  transport.startSrtp = () => {
    const profile = transport.dtls?.srtp.srtpProfile as SrtpProfile | undefined;
    if (transport.dtls === undefined || profile === undefined) return;
    const keys = transport.dtls.extractSessionKeys(KEY_BYTES, saltBytes(profile));
    listener(
      profile,
      { key: keys.localKey, salt: keys.localSalt },
      { key: keys.remoteKey, salt: keys.remoteSalt },
    );
  };
}

/**
 * Passes each inbound datagram through a filter before werift sees it, whether it arrives on a socket or through a TURN relay.
 * `filter` returns the parts of the datagram that are accepted.
 */
export function filterDatagrams(
  transport: RTCDtlsTransport,
  filter: (datagram: Buffer, from: Address) => Buffer[],
): void {
  const filtered = (receive: ReceiveDatagram): ReceiveDatagram => {
    return (datagram, from) => {
      try {
        for (const part of filter(datagram, from)) receive(part, from);
      } catch (error) {
        log.debug`A datagram could not be handled: ${error}`;
      }
    };
  };
  const ice = iceInternals(transport);
  const ensure = ice.ensureProtocol.bind(ice);
  ice.ensureProtocol = (protocol) => {
    ensure(protocol);
    const { turn } = protocol;
    if (turn === undefined) protocol.datagramReceived = filtered(protocol.datagramReceived.bind(protocol));
    else {
      turn.onData.execute = filtered(turn.onData.execute);
      // Here too, because a relay may become available after the answer.
      turn.transport.socket?.on("error", ignore);
    }
  };
}

/** Whether ICE has nominated a candidate pair with this remote address. */
export function isSelected({ iceTransport }: RTCDtlsTransport, [host, port]: Address): boolean {
  const selected = iceTransport.connection.nominated?.remoteAddr;
  return selected?.[0] === host && selected[1] === port;
}

/** The password with which the peer signs its ICE checks. */
export function icePassword({ iceTransport }: RTCDtlsTransport): string {
  return iceTransport.connection.localPassword;
}

/**
 * Ignores errors of the sockets on this machine's addresses, which exist once the offer is answered. werift has no listener for
 * them, so that one would end the process. They say nothing about the peer: Bun 1.4.5 does not report a closed port (ICMP).
 */
export function ignoreSocketErrors(transport: RTCDtlsTransport): void {
  for (const { transport: socket, turn } of iceInternals(transport).protocols) {
    if (turn === undefined) socket?.socket?.on("error", ignore);
  }
}

function ignore(): void {}

/** Bounds a leak in werift, which keeps the id of every ICE check until the session ends: 35,000 a day from an honest peer. */
export function pruneTransactionIds({ iceTransport }: RTCDtlsTransport): void {
  for (const pair of iceTransport.connection.checkList) {
    const { requestTransactionIds } = pair as unknown as { requestTransactionIds: Set<string> };
    if (requestTransactionIds.size >= MAX_TRANSACTION_IDS) requestTransactionIds.clear();
  }
}

/**
 * Limits how long gathering candidates delays the answer: werift waits up to 13 s for an ICE server that does not respond.
 * `isClosed`: whether the peer was closed meanwhile. A candidate gathered after that has a socket of its own, which is closed.
 */
export function limitGathering(
  { iceTransport: { connection } }: RTCDtlsTransport,
  timeoutMs: number,
  isClosed: () => boolean,
): void {
  const gather = connection.gatherCandidates.bind(connection);
  connection.gatherCandidates = async () => {
    const gathered = gather().then(() => (isClosed() ? connection.close() : undefined));
    await Promise.race([gathered, Bun.sleep(timeoutMs)]);
  };
}

/** Sends a datagram to the peer; errors are ignored, as UDP loses packets anyway. */
export function sendDatagram({ iceTransport }: RTCDtlsTransport, datagram: Buffer): void {
  iceTransport.connection.send(datagram).catch(ignore);
}

/** Calls back with every inbound datagram that is neither STUN nor DTLS. */
export function onMediaDatagram(
  { iceTransport }: RTCDtlsTransport,
  listener: (datagram: Buffer) => void,
): void {
  iceTransport.connection.onData.subscribe(listener);
}

/** A DTLS record that is encrypted. */
export interface SealedRecord {
  header: { type: number; version: number; epoch: number; sequenceNumber: number };
  fragment: Buffer;
}

/** Checks that an encrypted DTLS record is from the peer. @throws Error if it is not, or if there are no keys yet */
export function verifyRecord({ dtls }: RTCDtlsTransport, { header, fragment }: SealedRecord): void {
  if (dtls === undefined) throw new Error("There are no DTLS keys yet.");
  dtls.cipher.cipher.decrypt(dtls.sessionType, fragment, header);
}

/**
 * The DTLS record close_notify (RFC 5246, section 7.2.1); undefined before the handshake. werift sends none, and without it Janus
 * waited forever and aiortc for 30 s.
 */
export function closeNotifyRecord(transport: RTCDtlsTransport): Buffer | undefined {
  if (transport.dtls === undefined) return undefined;
  const { cipher, dtls } = transport.dtls;
  const { major, minor } = dtls.version;
  const sequenceNumber = ++dtls.recordSequenceNumber;
  const { epoch } = dtls;
  const fields = { type: ALERT, version: (major << 8) | minor, epoch, sequenceNumber };
  const fragment = cipher.cipher.encrypt(cipher.sessionType, WARNING_CLOSE_NOTIFY, fields);
  const header = Buffer.alloc(RECORD_HEADER_BYTES);
  header.writeUInt8(ALERT);
  header.writeUInt16BE(fields.version, 1);
  header.writeUInt16BE(epoch, 3);
  header.writeUIntBE(sequenceNumber, 5, 6);
  header.writeUInt16BE(fragment.length, 11);
  return Buffer.concat([header, fragment]);
}
