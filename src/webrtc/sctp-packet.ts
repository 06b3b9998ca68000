/** Validation of SCTP packets (RFC 9260; RFC 6525 for RE-CONFIG) before werift parses them. */

const COMMON_HEADER_BYTES = 12;
const CHUNK_HEADER_BYTES = 4;
/** Offset of the parameters by chunk type, from the start of the chunk. */
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
 * Maximum distance of a chunk's TSN from the cumulative TSN. werift sorts all out-of-order chunks for each new one: 0.1 ms for 512. A
 * page sends 60 to 120 chunks a second, so this is at least 4 s of chunks behind a lost one.
 */
const MAX_TSN_AHEAD = 512;

/** Transmission sequence numbers (TSN) of an association. */
export interface AssociationState {
  /** The TSN that the next chunk sent will have. */
  readonly localTsn: number;
  /** The cumulative TSN: the newest received without a gap before it; undefined before the association is established. */
  readonly lastReceivedTsn: number | undefined;
}

/**
 * Counts the chunks of a valid packet; 0 for an invalid one: chunks or parameters with length 0 or beyond the packet's end,
 * acknowledgements of data that was never sent, data too far ahead of a gap. In werift 0.25.2 the first is an endless loop, and one
 * such acknowledgement of 1,200 bytes needs seconds of CPU time.
 */
export function countChunks(packet: Buffer, state: AssociationState): number {
  let count = 0;
  for (let at = COMMON_HEADER_BYTES; at + CHUNK_HEADER_BYTES <= packet.byteLength; ) {
    const length = packet.readUInt16BE(at + 2);
    if (length < CHUNK_HEADER_BYTES || at + length > packet.byteLength) return 0;
    if (!isValidChunk(packet.subarray(at, at + length), state)) return 0;
    count++;
    at += padded(length);
  }
  return count;
}

function isValidChunk(chunk: Buffer, state: AssociationState): boolean {
  const type = chunk.readUInt8(0);
  if (type === TYPE.data) return isValidData(chunk, state);
  if (type === TYPE.selectiveAck) return isValidAck(chunk, state);
  const parametersAt = PARAMETERS_AT.get(type);
  return parametersAt === undefined || hasValidParameters(chunk, parametersAt);
}

function isValidData(chunk: Buffer, { lastReceivedTsn }: AssociationState): boolean {
  if (chunk.byteLength <= DATA_HEADER_BYTES) return false;
  if (lastReceivedTsn === undefined) return true;
  const ahead = (chunk.readUInt32BE(4) - lastReceivedTsn) >>> 0;
  // The upper half of the number space is older: a duplicate.
  return ahead <= MAX_TSN_AHEAD || ahead >= 2 ** 31;
}

/** Whether the gap blocks of a selective acknowledgement are in order, do not overlap, and lie within the data sent. */
function isValidAck(chunk: Buffer, { localTsn }: AssociationState): boolean {
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

/** Whether all parameters have a valid length and end within the chunk. */
function hasValidParameters(chunk: Buffer, from: number): boolean {
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
