import { RtpHeader } from "werift";

/** Length of the header that {@link rtpPacket} writes. */
export const RTP_HEADER_BYTES = 12;

export const randomBytes = (count: number): Buffer =>
  Buffer.from(crypto.getRandomValues(new Uint8Array(count)));

/** An RTP packet without header extensions. */
export function rtpPacket(sequenceNumber: number, ssrc: number, payload: Uint8Array): Buffer {
  const header = new RtpHeader({ sequenceNumber, ssrc, timestamp: 90_000, payloadType: 96, marker: true });
  return Buffer.concat([header.serialize(header.serializeSize), payload]);
}

/** A compound RTCP packet: a receiver report without blocks, and a PLI. */
export function receiverReport(ssrc: number): Buffer {
  const packet = Buffer.from([0x80, 201, 0, 1, 0, 0, 0, 0]);
  packet.writeUInt32BE(ssrc, 4);
  return Buffer.concat([packet, Buffer.from([0x81, 206, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2])]);
}
