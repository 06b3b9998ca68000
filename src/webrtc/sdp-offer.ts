import { isIP } from "node:net";

/** Refusal of an offer: an HTTP status, and a message that lists the supported features. */
export interface OfferRefusal {
  status: 400 | 406 | 503;
  message: string;
}

/** Maximum number of media sections, more than any browser offers; each costs memory. */
const MAX_SECTIONS = 16;
/** Maximum number of lines. For some kinds of lines werift's time is quadratic in their number: 0.8 s for 3,000. */
const MAX_LINES = 1000;
/** Maximum number of ICE candidates of a peer. A few packets are sent to each, even if no peer is there. */
export const MAX_CANDIDATES = 32;
const CANDIDATE = "a=candidate:";

/**
 * Validates an SDP offer before anything is allocated for it.
 * @param encodingName codec of the video, as in RtpPayloader
 * @param isLite whether the answer will be ICE-lite
 * @returns the offer with only the candidates that are used, or its refusal
 */
export function checkOffer(
  sdp: string,
  encodingName: string,
  isLite: boolean,
): { sdp: string } | OfferRefusal {
  const malformed = (reason: string) => refusal(400, `This is not an SDP offer: ${reason}`, encodingName);
  const unacceptable = (reason: string) => refusal(406, reason, encodingName);
  const lines = sdp.split(/\r\n|\n/);
  if (lines[0] !== "v=0") return malformed('its first line is not "v=0"');
  if (lines.length > MAX_LINES) return malformed(`it has more than ${MAX_LINES} lines`);
  const sections = sectionsOf(lines);
  if (sections.length > MAX_SECTIONS) return malformed(`it has more than ${MAX_SECTIONS} sections`);
  for (const required of ["a=ice-ufrag:", "a=ice-pwd:", "a=fingerprint:"]) {
    if (!lines.some((line) => line.startsWith(required)))
      return malformed(`it has no "${required.slice(2, -1)}"`);
  }
  const videos = sections.filter(([first = ""]) => /^m=video [1-9]/.test(first));
  if (videos.length === 0) return unacceptable("This offer has no video");
  const receiving = videos.filter((section) => !section.some((line) => /^a=(sendonly|inactive)$/.test(line)));
  if (receiving.length === 0) return unacceptable("This offer receives no video: it is sendonly or inactive");
  const codecs = new Set(receiving.flatMap(codecsOf));
  if (!codecs.has(encodingName)) {
    const offered = [...codecs].filter((codec) => codec !== "RTX").join(", ") || "no codec by name";
    return unacceptable(`This offer has no ${encodingName} but ${offered}`);
  }
  if (isLite && lines.includes("a=ice-lite")) {
    return unacceptable(
      "This offer is ICE-lite, and so is this server without --ice-server, so that neither side would connect",
    );
  }
  return {
    sdp: `${filterCandidates(lines, isLite ? 0 : MAX_CANDIDATES)
      .join("\r\n")
      .trim()}\r\n`,
  };
}

/** Keeps only the first `max` usable candidates. ICE-lite sends no checks and needs none. */
function filterCandidates(lines: readonly string[], max: number): string[] {
  let candidates = 0;
  return lines.filter(
    (line) => !line.startsWith(CANDIDATE) || (isUsableCandidate(line) && candidates++ < max),
  );
}

/**
 * Whether a candidate, as a line of SDP, is a UDP address. Host names are not resolved: an offer must not cause DNS queries, nor
 * multicast DNS for `….local` names; and ICE over TCP is not supported.
 */
export function isUsableCandidate(candidate: string): boolean {
  const [, , transport = "", , address = ""] = candidate.slice(CANDIDATE.length).split(" ");
  return transport.toLowerCase() === "udp" && isIP(address) !== 0;
}

function sectionsOf(lines: readonly string[]): string[][] {
  const sections: string[][] = [];
  for (const line of lines) {
    if (line.startsWith("m=")) sections.push([line]);
    else sections.at(-1)?.push(line);
  }
  return sections;
}

/** The codec names of a media section, in upper case. */
function codecsOf(section: readonly string[]): string[] {
  return section.flatMap(
    (line) => /^a=rtpmap:\d+ ([A-Za-z0-9.+-]{1,32})\//.exec(line)?.[1]?.toUpperCase() ?? [],
  );
}

function refusal(status: 400 | 406, reason: string, encodingName: string): OfferRefusal {
  const supported = `This server provides one video in ${encodingName} (with RTX, NACK, PLI and transport-wide congestion control), and data channels for events`;
  return { status, message: `${reason}. ${supported}.` };
}

/** The refusal of an offer that passed {@link checkOffer} but could not be answered. */
export function notUnderstood(encodingName: string): OfferRefusal {
  return refusal(400, "This offer could not be answered", encodingName);
}

/** The refusal of an offer that the server could not answer before its deadline. */
export function notAnsweredInTime(): OfferRefusal {
  return {
    status: 503,
    message: "This offer could not be answered in time; the server's log says why. Try again in a minute.",
  };
}
