import { listDrivers } from "../gl/index.ts";
import { angleDirectory } from "../native/libraries.ts";
import type { Finding } from "./doctor-checks.ts";
import { describeError } from "./errors.ts";

/** Checks that the embedded libraries can be unpacked and loaded. */
export function checkLibraries(): Finding {
  const subject = "embedded libraries";
  try {
    return { subject, status: "ok", seen: angleDirectory() };
  } catch (error) {
    return { subject, status: "failure", seen: describeError(error) };
  }
}

/** Checks each GL driver, in order of preference. `--gl-backend auto` uses the first one that works. */
export function checkDrivers(): Finding[] {
  const drivers = listDrivers();
  const selected = drivers.find(({ available }) => available);
  const findings = drivers.map((driver): Finding => {
    const subject = `driver ${driver.name}`;
    if (!driver.available) return { subject, status: "ok", seen: `not used: ${driver.reason}` };
    const { renderer, version, maxTextureSize, maxSamples } = driver;
    const mark = driver === selected ? " (used by default)" : "";
    return {
      subject,
      status: "ok",
      seen: `${renderer}, ${version}, textures to ${maxTextureSize}, ${maxSamples} samples${mark}`,
    };
  });
  if (!selected) {
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
