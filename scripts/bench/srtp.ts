// Packets per second and CPU time of SRTP protection, ours (src/rtp/srtp.ts) against werift's, for RTP packets of 1,200 bytes:
// bun scripts/bench/srtp.ts [SECONDS]
import { RtpHeader, SrtpSession } from "werift";
import { KEY_BYTES, SRTP_PROFILE, SrtpSender, saltBytes } from "../../src/rtp/srtp.ts";

const SECONDS = Number(process.argv[2] ?? 3);
const HEADER_BYTES = 24;
const PAYLOAD_BYTES = 1_141;

const random = (bytes: number): Buffer => Buffer.from(crypto.getRandomValues(new Uint8Array(bytes)));

/** Runs `protect` with increasing sequence numbers. @returns packets per second, and CPU time per packet, µs */
function measure(protect: (sequence: number) => void): { packetsPerSecond: number; cpuUs: number } {
  for (let i = 0; i < 20_000; i++) protect(i & 0xffff);
  const cpu = process.cpuUsage();
  const startedAt = performance.now();
  let packets = 0;
  while (performance.now() - startedAt < 1000 * SECONDS) {
    for (let i = 0; i < 1_000; i++) protect((20_000 + packets++) & 0xffff);
  }
  const ms = performance.now() - startedAt;
  const { user, system } = process.cpuUsage(cpu);
  return {
    packetsPerSecond: Math.round((1000 * packets) / ms),
    cpuUs: Math.round((100 * (user + system)) / packets) / 100,
  };
}

for (const [name, profile] of Object.entries(SRTP_PROFILE)) {
  const keys = { key: random(KEY_BYTES), salt: random(saltBytes(profile)) };
  const payload = random(PAYLOAD_BYTES);
  const packet = Buffer.concat([Buffer.alloc(HEADER_BYTES), payload]);
  packet[0] = 0x90;
  packet[1] = 96;
  packet.set([0xbe, 0xde, 0, 2], 12);
  const ours = new SrtpSender(profile, keys);
  const theirs = new SrtpSession({
    profile,
    keys: {
      ...{ localMasterKey: keys.key, localMasterSalt: keys.salt },
      ...{ remoteMasterKey: keys.key, remoteMasterSalt: keys.salt },
    },
  });
  console.log(
    name,
    "ours",
    measure((sequence) => {
      packet.writeUInt16BE(sequence, 2);
      ours.protectRtp(packet, HEADER_BYTES);
    }),
  );
  console.log(
    name,
    "werift",
    measure((sequenceNumber) => {
      const header = new RtpHeader({
        sequenceNumber,
        ssrc: 1,
        timestamp: 90_000,
        payloadType: 96,
        marker: true,
      });
      theirs.encrypt(payload, header);
    }),
  );
}
