import type { RTCDtlsTransport } from "werift";

type Dtls = NonNullable<RTCDtlsTransport["dtls"]>;

const ALERT = 21;
const WARNING_CLOSE_NOTIFY = Buffer.from([1, 0]);

/**
 * The record by which DTLS ends (RFC 5246, section 7.2.1). werift sends none, and a media server that is not told waits for
 * what will not come.
 */
export function closeNotify({ cipher, dtls }: Dtls): Buffer {
  const { major, minor } = dtls.version;
  const sequenceNumber = ++dtls.recordSequenceNumber;
  const { epoch } = dtls;
  const about = { type: ALERT, version: (major << 8) | minor, epoch, sequenceNumber };
  const fragment = cipher.cipher.encrypt(cipher.sessionType, WARNING_CLOSE_NOTIFY, about);
  const header = Buffer.alloc(13);
  header.writeUInt8(ALERT);
  header.writeUInt16BE(about.version, 1);
  header.writeUInt16BE(epoch, 3);
  header.writeUIntBE(sequenceNumber, 5, 6);
  header.writeUInt16BE(fragment.length, 11);
  return Buffer.concat([header, fragment]);
}
