import { describe, expect, test } from "bun:test";
import { createCipheriv } from "node:crypto";
import { RtpHeader, SrtcpSession, SrtpSession } from "werift";
import {
  KEY_BYTES,
  SRTP_PROFILE,
  SrtcpReader,
  type SrtpProfile,
  SrtpWriter,
  saltBytes,
} from "../../src/rtp/srtp.ts";

const random = (bytes: number): Buffer => Buffer.from(crypto.getRandomValues(new Uint8Array(bytes)));

/** Both ends of one direction: ours, and werift's, which was written by others. */
function ends(profile: SrtpProfile) {
  const keys = { key: random(KEY_BYTES), salt: random(saltBytes(profile)) };
  const other = { key: random(KEY_BYTES), salt: random(saltBytes(profile)) };
  const config = {
    profile,
    keys: {
      ...{ localMasterKey: other.key, localMasterSalt: other.salt },
      ...{ remoteMasterKey: keys.key, remoteMasterSalt: keys.salt },
    },
  };
  return {
    ours: { writer: new SrtpWriter(profile, keys), reader: new SrtcpReader(profile, other) },
    theirs: { rtp: new SrtpSession(config), rtcp: new SrtcpSession(config) },
  };
}

function rtpPacket(sequenceNumber: number, ssrc: number, payload: Uint8Array): Buffer {
  const header = new RtpHeader({ sequenceNumber, ssrc, timestamp: 90_000, payloadType: 96, marker: true });
  return Buffer.concat([header.serialize(header.serializeSize), payload]);
}

/** A receiver report without blocks. */
function report(ssrc: number): Buffer {
  const packet = Buffer.from([0x80, 201, 0, 1, 0, 0, 0, 0]);
  packet.writeUInt32BE(ssrc, 4);
  return Buffer.concat([packet, Buffer.from([0x81, 206, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2])]);
}

for (const [name, profile] of Object.entries(SRTP_PROFILE)) {
  describe(`SRTP with ${name}`, () => {
    test("another implementation reads our packets, also when the sequence numbers begin anew", () => {
      const { ours, theirs } = ends(profile);
      for (let i = 0; i < 5; i++) {
        for (const ssrc of [0x1234_5678, 0xfedc_ba98]) {
          const payload = random(100 * i + 1);
          const packet = rtpPacket((65_533 + i) % 65_536, ssrc, payload);
          const read = theirs.rtp.decrypt(ours.writer.rtp(packet, 12));
          expect(read.equals(packet)).toBe(true);
        }
      }
    });

    test("another implementation reads our reports, and we read its", () => {
      const { ours, theirs } = ends(profile);
      for (let i = 0; i < 3; i++) {
        const packet = report(7 + i);
        expect(theirs.rtcp.decrypt(ours.writer.rtcp(packet)).equals(packet)).toBe(true);
        expect(ours.reader.rtcp(theirs.rtcp.encrypt(packet))).toEqual(packet);
      }
    });

    test("reports from more than 16 sources are dropped, so that the replay windows stay bounded", () => {
      const { ours, theirs } = ends(profile);
      const isTaken = (ssrc: number) => ours.reader.rtcp(theirs.rtcp.encrypt(report(ssrc))) !== null;
      const taken = Array.from({ length: 100 }, (_, i) => isTaken(1_000 + i)).filter(Boolean);
      expect(taken).toHaveLength(16);
      expect(isTaken(1_000)).toBe(true);
    });

    test("a report that was changed, cut or sent twice is not taken; one that is late is", () => {
      const { ours, theirs } = ends(profile);
      const [first, second, third] = [1, 2, 3].map(() => theirs.rtcp.encrypt(report(9)));
      if (first === undefined || second === undefined || third === undefined) throw new Error("no reports");
      expect(ours.reader.rtcp(third)).toEqual(report(9));
      for (let at = 0; at < first.length; at++) {
        const changed = Buffer.from(first);
        changed[at] = (changed[at] ?? 0) ^ 1;
        expect(ours.reader.rtcp(changed)).toBeNull();
        expect(ours.reader.rtcp(first.subarray(0, at))).toBeNull();
      }
      expect(ours.reader.rtcp(first)).toEqual(report(9));
      expect(ours.reader.rtcp(first)).toBeNull();
      expect(ours.reader.rtcp(third)).toBeNull();
      expect(ours.reader.rtcp(second)).toEqual(report(9));
    });
  });
}

test("the session keys are those of RFC 3711, appendix B.3", () => {
  const key = Buffer.from("E1F97A0D3E018BE0D64FA32C06DE4139", "hex");
  const salt = Buffer.from("0EC675AD498AFEEBB6960B3AABE6", "hex");
  const writer = new SrtpWriter(SRTP_PROFILE.aesCmSha1, { key, salt });
  // A payload of zeros comes out as the keystream of the session's key and salt, as the appendix has them.
  const packet = writer.rtp(rtpPacket(0, 0, Buffer.alloc(16)), 12);
  const session = Buffer.from("C61E7A93744F39EE10734AFE3FF7A087", "hex");
  const counter = Buffer.from("30CBBC08863D8C85D49DB34A9AE10000", "hex");
  const stream = createCipheriv("aes-128-ctr", session, counter).update(Buffer.alloc(16));
  expect(packet.subarray(12, 28).equals(stream)).toBe(true);
});
