/** Checks of SCTP packets (RFC 9260; RFC 3758 for FORWARD TSN, RFC 6525 for RE-CONFIG) before a library works through them. */

const COMMON_HEADER_BYTES = 12;
const CHUNK_HEADER_BYTES = 4;
/** Bytes of a chunk in front of its parameters, its own header included. */
const PARAMETERS_AT: ReadonlyMap<number, number> = new Map([
  [1, 20], // INIT
  [2, 20], // INIT ACK
  [4, 4], // HEARTBEAT
  [5, 4], // HEARTBEAT ACK
  [6, 4], // ABORT
  [9, 4], // ERROR
  [130, 4], // RE-CONFIG
]);
const TYPE = { data: 0, selectiveAck: 3 } as const;
const DATA_HEADER_BYTES = 16;
const SELECTIVE_ACK_HEADER_BYTES = 16;

/**
 * Maximum distance of a chunk's TSN from the last one that came in order. werift sorts all that came out of order with each chunk:
 * 0.1 ms for 512. A page sends 60 to 120 chunks a second, so this is 4 s of them behind one that is lost.
 */
const MAX_TSN_AHEAD = 512;

/** What an association has sent and received so far, by transmission sequence numbers (TSN). */
export interface AssociationState {
  /** The TSN that the next chunk sent will have. */
  readonly localTsn: number;
  /** The newest TSN received without a gap before it; undefined before the association is up. */
  readonly lastReceivedTsn: number | undefined;
}

/**
 * Counts the chunks of a packet, or returns 0 where no sender that keeps to the RFCs sends such a packet: chunks or parameters
 * without a length or beyond the packet's end, acknowledgements of what was never sent, data far ahead of what is missing. In
 * werift 0.25.2 the first is an endless loop, and one acknowledgement of 1,200 bytes takes seconds.
 */
export function countChunks(packet: Buffer, state: AssociationState): number {
  let count = 0;
  for (let at = COMMON_HEADER_BYTES; at + CHUNK_HEADER_BYTES <= packet.byteLength; ) {
    const length = packet.readUInt16BE(at + 2);
    if (length < CHUNK_HEADER_BYTES || at + length > packet.byteLength) return 0;
    if (!isPlausible(packet.subarray(at, at + length), state)) return 0;
    count++;
    at += padded(length);
  }
  return count;
}

function isPlausible(chunk: Buffer, state: AssociationState): boolean {
  const type = chunk.readUInt8(0);
  if (type === TYPE.data) return isPlausibleData(chunk, state);
  if (type === TYPE.selectiveAck) return isPlausibleAck(chunk, state);
  const parametersAt = PARAMETERS_AT.get(type);
  return parametersAt === undefined || hasWholeParameters(chunk, parametersAt);
}

function isPlausibleData(chunk: Buffer, { lastReceivedTsn }: AssociationState): boolean {
  if (chunk.byteLength <= DATA_HEADER_BYTES) return false;
  if (lastReceivedTsn === undefined) return true;
  const ahead = (chunk.readUInt32BE(4) - lastReceivedTsn) >>> 0;
  // The upper half is what came before: sent twice.
  return ahead <= MAX_TSN_AHEAD || ahead >= 2 ** 31;
}

/** Gap blocks are in order, do not overlap, and lie within what was sent. */
function isPlausibleAck(chunk: Buffer, { localTsn }: AssociationState): boolean {
  if (chunk.byteLength < SELECTIVE_ACK_HEADER_BYTES) return false;
  const [gaps, duplicates] = [chunk.readUInt16BE(12), chunk.readUInt16BE(14)];
  if (SELECTIVE_ACK_HEADER_BYTES + 4 * (gaps + duplicates) > chunk.byteLength) return false;
  const outstanding = (localTsn - 1 - chunk.readUInt32BE(4)) >>> 0;
  if (outstanding >= 2 ** 31) return false;
  let before = 0;
  for (let gap = 0; gap < gaps; gap++) {
    const at = SELECTIVE_ACK_HEADER_BYTES + 4 * gap;
    const [start, end] = [chunk.readUInt16BE(at), chunk.readUInt16BE(at + 2)];
    if (start <= before || end < start || end > outstanding) return false;
    before = end;
  }
  return true;
}

function hasWholeParameters(chunk: Buffer, from: number): boolean {
  if (chunk.byteLength < from) return false;
  for (let at = from; at + 4 <= chunk.byteLength; ) {
    const length = chunk.readUInt16BE(at + 2);
    if (length < 4 || at + length > chunk.byteLength) return false;
    at += padded(length);
  }
  return true;
}

function padded(bytes: number): number {
  return 4 * Math.ceil(bytes / 4);
}
