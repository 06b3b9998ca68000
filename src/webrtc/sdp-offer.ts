import { isIP } from "node:net";

/** Why an offer is not answered: HTTP status and a sentence that says what can be had. */
export interface OfferRefusal {
  status: 400 | 406 | 503;
  message: string;
}

/** More than any browser offers; each costs memory … */
const MOST_SECTIONS = 16;
/** … and what werift does with some lines takes time by the square of their number: 0.8 s for 3,000. */
const MOST_LINES = 1000;
/** A machine has some addresses; each is sent a few packets, whoever is there. */
export const MOST_CANDIDATES = 32;
const CANDIDATE = "a=candidate:";

const WHAT_THERE_IS =
  "Here is one video in VP8 (with RTX, NACK, PLI and transport-wide congestion control), and data channels for events";

/**
 * Looks at an SDP offer before anything is made for it.
 * @param isLite whether the answer will be ICE-lite
 * @returns the offer without what is of no use here, or why it is refused
 */
export function checkOffer(sdp: string, isLite: boolean): { sdp: string } | OfferRefusal {
  const lines = sdp.split(/\r\n|\n/);
  if (lines[0] !== "v=0") return malformed('its first line is not "v=0"');
  if (lines.length > MOST_LINES) return malformed(`it has more than ${MOST_LINES} lines`);
  const sections = sectionsOf(lines);
  if (sections.length > MOST_SECTIONS) return malformed(`it has more than ${MOST_SECTIONS} sections`);
  for (const needed of ["a=ice-ufrag:", "a=ice-pwd:", "a=fingerprint:"]) {
    if (!lines.some((line) => line.startsWith(needed)))
      return malformed(`it has no "${needed.slice(2, -1)}"`);
  }
  const videos = sections.filter(([first = ""]) => /^m=video [1-9]/.test(first));
  if (videos.length === 0) return unacceptable("This offer has no video");
  const wanting = videos.filter((section) => !section.some((line) => /^a=(sendonly|inactive)$/.test(line)));
  if (wanting.length === 0) return unacceptable("This offer takes no video: it is sendonly or inactive");
  const codecs = new Set(wanting.flatMap(codecsOf));
  if (!codecs.has("VP8")) {
    const offered = [...codecs].filter((codec) => codec !== "RTX").join(", ") || "no codec by name";
    return unacceptable(`This offer has no VP8 but ${offered}`);
  }
  if (isLite && lines.includes("a=ice-lite")) {
    return unacceptable(
      "This offer is ICE-lite, as this server is without --ice-server: neither would begin",
    );
  }
  return {
    sdp: `${withoutCandidates(lines, isLite ? 0 : MOST_CANDIDATES)
      .join("\r\n")
      .trim()}\r\n`,
  };
}

/**
 * Leaves out all candidates but so many of use. Who answers ICE's checks and makes none needs none. Who makes some asks no name
 * server for an offer, nor a multicast (`….local`); and TCP is not spoken.
 */
function withoutCandidates(lines: readonly string[], most: number): string[] {
  let candidates = 0;
  return lines.filter((line) => !line.startsWith(CANDIDATE) || (isOfUse(line) && candidates++ < most));
}

/** Whether it is an address by UDP. `candidate`: a line of SDP. */
export function isOfUse(candidate: string): boolean {
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

/** Names in capitals. */
function codecsOf(section: readonly string[]): string[] {
  return section.flatMap(
    (line) => /^a=rtpmap:\d+ ([A-Za-z0-9.+-]{1,32})\//.exec(line)?.[1]?.toUpperCase() ?? [],
  );
}

function malformed(why: string): OfferRefusal {
  return { status: 400, message: `This is no SDP offer: ${why}. ${WHAT_THERE_IS}.` };
}

function unacceptable(why: string): OfferRefusal {
  return { status: 406, message: `${why}. ${WHAT_THERE_IS}.` };
}

/** Of an offer that looked well and was not understood. */
export function notUnderstood(): OfferRefusal {
  return { status: 400, message: `This offer could not be answered. ${WHAT_THERE_IS}.` };
}

/** The refusal of an offer that the server could not answer before its deadline. */
export function notAnsweredInTime(): OfferRefusal {
  return {
    status: 503,
    message: "This offer could not be answered in time; the server's log says why. Try again in a minute.",
  };
}
