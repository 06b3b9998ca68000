import { listDrivers } from "../gl/index.ts";
import { angleDirectory } from "../native/libraries.ts";
import type { Finding } from "./doctor-checks.ts";
import { describeError } from "./errors.ts";

/** The libraries that this executable brings: that they can be unpacked and loaded. */
export function checkLibraries(): Finding {
  const subject = "embedded libraries";
  try {
    return { subject, status: "ok", seen: angleDirectory() };
  } catch (error) {
    return { subject, status: "failure", seen: describeError(error) };
  }
}

/** Every GL driver of the chain, in its order; the first that works is the one that "auto" takes. */
export function checkDrivers(): Finding[] {
  const drivers = listDrivers();
  const chosen = drivers.find(({ available }) => available);
  const findings = drivers.map((driver): Finding => {
    const subject = `driver ${driver.name}`;
    if (!driver.available) return { subject, status: "ok", seen: `not used: ${driver.reason}` };
    const { renderer, version, maxTextureSize, maxSamples } = driver;
    const mark = driver === chosen ? " (the one that is used)" : "";
    return {
      subject,
      status: "ok",
      seen: `${renderer}, ${version}, textures to ${maxTextureSize}, ${maxSamples} samples${mark}`,
    };
  });
  if (!chosen) {
    findings.push({
      subject: "drivers",
      status: "failure",
      seen: "no GL driver works",
      advice:
        "Install Mesa (Debian: apt install libegl1 libgl1-mesa-dri), or libgcc-s1 for the embedded driver.",
    });
  }
  return findings;
}
