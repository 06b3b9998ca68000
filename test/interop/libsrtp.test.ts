import { describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { KEY_BYTES, SRTP_PROFILE, SrtcpReceiver, SrtpSender, saltBytes } from "../../src/rtp/srtp.ts";
import { RTP_HEADER_BYTES, randomBytes, receiverReport, rtpPacket } from "../rtp/packets.ts";
import { randomNumbers } from "../support/random.ts";
import { PYTHON } from "./fury-peer.ts";

const PROGRAM = fileURLToPath(new URL("programs/libsrtp.py", import.meta.url));
const isMissing = !existsSync("/usr/lib/python3/dist-packages/pylibsrtp");

type Operation = "protectRtcp" | "unprotectRtp" | "unprotectRtcp";

/** Both ends of one connection: ours, and a function that runs libsrtp on packets, with null for the packets that it rejects. */
function connect(name: keyof typeof SRTP_PROFILE) {
  const profile = SRTP_PROFILE[name];
  const keys = { key: randomBytes(KEY_BYTES), salt: randomBytes(saltBytes(profile)) };
  const peerKeys = { key: randomBytes(KEY_BYTES), salt: randomBytes(saltBytes(profile)) };
  const libsrtp = (operation: Operation, packets: readonly Buffer[]): (Buffer | null)[] => {
    const options = {
      profile: name,
      localKey: Buffer.concat([peerKeys.key, peerKeys.salt]).toString("hex"),
      remoteKey: Buffer.concat([keys.key, keys.salt]).toString("hex"),
      operations: packets.map((packet) => [operation, packet.toString("hex")]),
    };
    const { stdout, exitCode, stderr } = Bun.spawnSync([PYTHON, PROGRAM], {
      stdin: Buffer.from(JSON.stringify(options)),
      stderr: "pipe",
    });
    if (exitCode !== 0) throw new Error(stderr.toString());
    const results = JSON.parse(stdout.toString()) as (string | null)[];
    return results.map((result) => (result === null ? null : Buffer.from(result, "hex")));
  };
  return {
    libsrtp,
    sender: new SrtpSender(profile, keys),
    /** Receives what libsrtp protects. */
    receiver: new SrtcpReceiver(profile, peerKeys),
    /** Receives what our own sender protects, as libsrtp does. */
    loopback: new SrtcpReceiver(profile, keys),
  };
}

describe.skipIf(isMissing).each(["aesCmSha1", "aeadAesGcm"] as const)(
  `libsrtp${isMissing ? " (python3-pylibsrtp is not installed)" : ""} with %s`,
  (name) => {
    test("decrypts our RTP packets of two sources, also after the sequence numbers roll over twice", () => {
      const { libsrtp, sender } = connect(name);
      const packets = Array.from({ length: 300 }, (_, i) =>
        rtpPacket((65_000 + 500 * Math.floor(i / 2)) % 65_536, 1 + (i % 2), randomBytes(1 + (i % 1_200))),
      );
      const encrypted = packets.map((packet) => sender.protectRtp(packet, RTP_HEADER_BYTES));
      expect(libsrtp("unprotectRtp", encrypted)).toEqual(packets);
    });

    test("decrypts our RTCP packets", () => {
      const { libsrtp, sender } = connect(name);
      const packets = Array.from({ length: 50 }, (_, i) => receiverReport(1 + (i % 3)));
      const encrypted = packets.map((packet) => sender.protectRtcp(packet));
      expect(libsrtp("unprotectRtcp", encrypted)).toEqual(packets);
    });

    test("encrypts RTCP packets that we decrypt", () => {
      const { libsrtp, receiver } = connect(name);
      const packets = Array.from({ length: 50 }, (_, i) => receiverReport(1 + (i % 3)));
      const encrypted = libsrtp("protectRtcp", packets);
      expect(encrypted.map((packet) => packet && receiver.unprotect(packet))).toEqual(packets);
    });

    test("accepts and rejects delayed, replayed and forged RTCP packets exactly as we do", () => {
      const { libsrtp, sender, loopback } = connect(name);
      const encrypted = Array.from({ length: 600 }, () => sender.protectRtcp(receiverReport(1)));
      const random = randomNumbers(3);
      // Packets arrive up to 250 positions late, some twice, some modified.
      const received = encrypted
        .flatMap((packet, i) => {
          const copies = random() < 0.3 ? [packet, packet] : [packet];
          if (random() < 0.1) {
            const forged = Buffer.from(packet);
            forged[10] = (forged[10] ?? 0) ^ 1;
            copies.push(forged);
          }
          return copies.map((copy) => ({ copy, at: i + (random() < 0.5 ? 0 : 250 * random()) }));
        })
        .toSorted((a, b) => a.at - b.at)
        .map(({ copy }) => copy);
      const ours = received.map((packet) => loopback.unprotect(packet));
      expect(ours).toEqual(libsrtp("unprotectRtcp", received));
      expect(ours.filter((packet) => packet === null).length).toBeGreaterThan(100);
    });
  },
);
