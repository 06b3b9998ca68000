import { describe, expect, test } from "bun:test";
import { SrtcpSession, SrtpSession } from "werift";
import {
  applyAesCm,
  deriveSessionKeys,
  KEY_BYTES,
  SRTP_PROFILE,
  SrtcpReceiver,
  type SrtpProfile,
  SrtpSender,
  saltBytes,
} from "../../src/rtp/srtp.ts";
import { RTP_HEADER_BYTES, randomBytes, receiverReport, rtpPacket } from "./packets.ts";

/** Both ends of one connection: ours, and werift's independent implementation. */
function connect(profile: SrtpProfile) {
  const keys = { key: randomBytes(KEY_BYTES), salt: randomBytes(saltBytes(profile)) };
  const peerKeys = { key: randomBytes(KEY_BYTES), salt: randomBytes(saltBytes(profile)) };
  const config = {
    profile,
    keys: {
      ...{ localMasterKey: peerKeys.key, localMasterSalt: peerKeys.salt },
      ...{ remoteMasterKey: keys.key, remoteMasterSalt: keys.salt },
    },
  };
  return {
    ours: { sender: new SrtpSender(profile, keys), receiver: new SrtcpReceiver(profile, peerKeys) },
    werift: { rtp: new SrtpSession(config), rtcp: new SrtcpSession(config) },
  };
}

describe.each(Object.entries(SRTP_PROFILE))("SRTP with %s", (_, profile) => {
  test("werift decrypts our RTP packets of two sources, also after the sequence numbers roll over", () => {
    const { ours, werift } = connect(profile);
    for (let i = 0; i < 5; i++) {
      for (const ssrc of [0x1234_5678, 0xfedc_ba98]) {
        const packet = rtpPacket((65_533 + i) % 65_536, ssrc, randomBytes(100 * i + 1));
        expect(werift.rtp.decrypt(ours.sender.protectRtp(packet, RTP_HEADER_BYTES))).toEqual(packet);
      }
    }
  });

  test("werift decrypts our RTCP packets, and we decrypt its", () => {
    const { ours, werift } = connect(profile);
    for (let i = 0; i < 3; i++) {
      const packet = receiverReport(7 + i);
      expect(werift.rtcp.decrypt(ours.sender.protectRtcp(packet))).toEqual(packet);
      expect(ours.receiver.unprotect(werift.rtcp.encrypt(packet))).toEqual(packet);
    }
  });

  test("RTCP packets from more than 16 sources are dropped, so that the replay windows stay bounded", () => {
    const { ours, werift } = connect(profile);
    const isAccepted = (ssrc: number) =>
      ours.receiver.unprotect(werift.rtcp.encrypt(receiverReport(ssrc))) !== null;
    const accepted = Array.from({ length: 100 }, (_, i) => isAccepted(1_000 + i)).filter(Boolean);
    expect(accepted).toHaveLength(16);
    expect(isAccepted(1_000)).toBe(true);
  });

  test("an RTCP packet that was modified, truncated or replayed is dropped; a delayed one is accepted", () => {
    const { ours, werift } = connect(profile);
    const packet = receiverReport(9);
    const [first, second, third] = [1, 2, 3].map(() => werift.rtcp.encrypt(packet));
    if (first === undefined || second === undefined || third === undefined) throw new Error("no packets");
    expect(ours.receiver.unprotect(third)).toEqual(packet);
    for (let at = 0; at < first.length; at++) {
      const modified = Buffer.from(first);
      modified[at] = (modified[at] ?? 0) ^ 1;
      expect(ours.receiver.unprotect(modified)).toBeNull();
      expect(ours.receiver.unprotect(first.subarray(0, at))).toBeNull();
    }
    expect(ours.receiver.unprotect(first)).toEqual(packet);
    expect(ours.receiver.unprotect(first)).toBeNull();
    expect(ours.receiver.unprotect(third)).toBeNull();
    expect(ours.receiver.unprotect(second)).toEqual(packet);
  });
});

const hex = (text: string) => Buffer.from(text, "hex");

test("the AES-CM key stream is that of RFC 3711, appendix B.2", () => {
  const key = hex("2B7E151628AED2A6ABF7158809CF4F3C");
  const salt = hex("F0F1F2F3F4F5F6F7F8F9FAFBFCFD0000");
  const blocks = applyAesCm(key, salt, 0, 0, Buffer.alloc(0xff02 * 16));
  const block = (counter: number) => blocks.subarray(16 * counter, 16 * (counter + 1));
  expect(block(0x0000)).toEqual(hex("E03EAD0935C95E80E166B16DD92B4EB4"));
  expect(block(0x0001)).toEqual(hex("D23513162B02D0F72A43A2FE4A5F97AB"));
  expect(block(0x0002)).toEqual(hex("41E95B3BB0A2E8DD477901E4FCA894C0"));
  expect(block(0xfeff)).toEqual(hex("EC8CDF7398607CB0F2D21675EA9EA1E4"));
  expect(block(0xff00)).toEqual(hex("362B7C3C6773516318A077D7FC5073AE"));
  expect(block(0xff01)).toEqual(hex("6A2CC3787889374FBEB4C81B17BA6C44"));
});

test("the session keys are those of RFC 3711, appendix B.3", () => {
  const master = { key: hex("E1F97A0D3E018BE0D64FA32C06DE4139"), salt: hex("0EC675AD498AFEEBB6960B3AABE6") };
  const { key, salt, auth } = deriveSessionKeys(SRTP_PROFILE.aesCmSha1, master, "rtp");
  expect(key).toEqual(hex("C61E7A93744F39EE10734AFE3FF7A087"));
  expect(salt).toEqual(hex("30CBBC08863D8C85D49DB34A9AE10000"));
  // The first 20 bytes, which HMAC-SHA1 uses.
  expect(auth).toEqual(hex("CEBE321F6FF7716B6FD4AB49AF256A156D38BAA4"));
});
