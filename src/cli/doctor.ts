import { accessSync, constants, globSync, readFileSync, statfsSync } from "node:fs";
import { availableParallelism } from "node:os";
import packageJson from "../../package.json" with { type: "json" };
import { gpuChoice } from "../gl/drivers.ts";
import { listDrivers } from "../gl/index.ts";
import { freeMemory } from "../native/free-memory.ts";
import { angleDirectory } from "../native/libraries.ts";
import { codeOf, describeError } from "./errors.ts";
import { ignoreEpipe } from "./log.ts";

interface Finding {
  readonly subject: string;
  /** `warning`: works, but with limitations; `failure`: scenecast cannot work. */
  readonly status: "ok" | "warning" | "failure";
  readonly result: string;
  /** How to fix a warning or failure. */
  readonly advice?: string;
}

const MIB = 1024 * 1024;

/** Two RGBA frames of a 4K window. */
const RECOMMENDED_SHM_BYTES = 80 * MIB;
/** Two RGBA frames of 720p. */
const MIN_SHM_BYTES = 16 * MIB;

/** A server with a few dozen viewers needs nearly this many open files. */
const RECOMMENDED_OPEN_FILES = 1024;

function mebibytes(bytes: number): string {
  return bytes >= 10 * 1024 * MIB
    ? `${(bytes / 1024 / MIB).toFixed(0)} GiB`
    : `${(bytes / MIB).toFixed(0)} MiB`;
}

const MARKS = { ok: "ok     ", warning: "warning", failure: "FAILURE" } as const;

/** `scenecast doctor`: checks what this machine supports, with advice about problems. Exit code 1 if scenecast cannot work. */
export async function doctor(options: { json?: boolean }): Promise<void> {
  const findings = [
    checkSharedMemory(),
    checkLimits(),
    checkGpu(),
    ...checkGivenGpu(),
    checkLibraries(),
    ...checkDrivers(),
  ];
  const works = findings.every((finding) => finding.status !== "failure");
  // The reader may stop early, as in `scenecast doctor | head`.
  ignoreEpipe(process.stdout);
  if (options.json) {
    const checks = findings.map(({ result, ...rest }) => ({ ...rest, seen: result }));
    process.stdout.write(
      `${JSON.stringify({ version: packageJson.version, works, findings: checks }, null, 2)}\n`,
    );
  } else {
    process.stdout.write(`scenecast ${packageJson.version} on ${process.platform} ${process.arch}\n\n`);
    for (const { status, subject, result, advice } of findings) {
      process.stdout.write(`${MARKS[status]}  ${subject}: ${result}\n`);
      if (advice) process.stdout.write(`         → ${advice}\n`);
    }
    process.stdout.write(
      works
        ? "\nscenecast works here.\n"
        : "\nscenecast cannot work here until the failures above are fixed.\n",
    );
  }
  process.exitCode = works ? 0 : 1;
}

/** Checks that shared memory exists, is writable, and has space. */
function checkSharedMemory(): Finding {
  const directory = "/dev/shm";
  const subject = "shared memory";
  const advice = `Mount a tmpfs on ${directory}; start a container with --shm-size=256m or --ipc=host.`;
  try {
    accessSync(directory, constants.W_OK | constants.X_OK);
    const { bavail, blocks, bsize } = statfsSync(directory);
    const free = bavail * bsize;
    const result = `${directory}: ${mebibytes(free)} free of ${mebibytes(blocks * bsize)}`;
    if (free >= RECOMMENDED_SHM_BYTES) return { subject, status: "ok", result };
    return { subject, status: free < MIN_SHM_BYTES ? "failure" : "warning", result, advice };
  } catch (error) {
    const result = `${directory} cannot be written (${codeOf(error)})`;
    return { subject, status: "failure", result, advice };
  }
}

/** Checks for GPU device files that this user may open. */
function checkGpu(): Finding {
  const subject = "GPU";
  const devices = globSync("/dev/{dri/renderD*,nvidia[0-9]*}");
  if (devices.length === 0) {
    return { subject, status: "ok", result: "no GPU on this machine; a software driver is used" };
  }
  const inaccessible = devices.filter((path) => !readable(path));
  if (inaccessible.length === 0) return { subject, status: "ok", result: devices.join(", ") };
  const result = `${inaccessible.join(", ")} cannot be opened by this user`;
  const advice =
    "Ask to be added to the groups render and video (usermod -aG render,video NAME), then log in again.";
  return { subject, status: "warning", result, advice };
}

/** Reports which of several GPUs is used, and why, where the environment gives some to this process. */
function checkGivenGpu(): Finding[] {
  const subject = "GPU of this process";
  try {
    const { devices, reason, isUncertain } = gpuChoice();
    const [first] = devices;
    const number = first === undefined || first.cudaIndex === null ? "" : ` (CUDA's GPU ${first.cudaIndex})`;
    const result = `${reason}${number}`;
    if (!isUncertain) return [{ subject, status: "ok", result }];
    const advice =
      "Compare with nvidia-smi. In Slurm, ConstrainDevices=yes in cgroup.conf hides the GPUs of other jobs.";
    return [{ subject, status: "warning", result, advice }];
  } catch {
    // EGL finds no GPU: the driver "gpu" below has the reason.
    return [];
  }
}

/** Checks the limits of this process: open files, cores and memory. */
function checkLimits(): Finding {
  const files = Number(/^Max open files\s+(\d+)/m.exec(read("/proc/self/limits") ?? "")?.[1] ?? Number.NaN);
  const { bytes, limit } = freeMemory();
  const memory = `${mebibytes(bytes)} free of the ${limit}'s memory`;
  const result = `${availableParallelism()} cores, ${memory}, ${Number.isNaN(files) ? "unknown number of" : files} open files`;
  const advice = `Raise the limit of open files for many viewers: ulimit -n ${RECOMMENDED_OPEN_FILES}.`;
  if (files < RECOMMENDED_OPEN_FILES) return { subject: "limits", status: "warning", result, advice };
  return { subject: "limits", status: "ok", result };
}

/** Checks that the embedded libraries can be unpacked and loaded. */
function checkLibraries(): Finding {
  const subject = "embedded libraries";
  try {
    return { subject, status: "ok", result: angleDirectory() };
  } catch (error) {
    return { subject, status: "failure", result: describeError(error) };
  }
}

/** Checks each GL driver, in order of preference. `--gl-backend auto` uses the first one that works. */
function checkDrivers(): Finding[] {
  const drivers = listDrivers();
  const selected = drivers.find(({ available }) => available);
  const findings = drivers.map((driver): Finding => {
    const subject = `driver ${driver.name}`;
    if (!driver.available) return { subject, status: "ok", result: `not used: ${driver.reason}` };
    const { renderer, version, maxTextureSize, maxSamples } = driver;
    const mark = driver === selected ? " (used by default)" : "";
    const result = `${renderer}, ${version}, textures to ${maxTextureSize}, ${maxSamples} samples${mark}`;
    return { subject, status: "ok", result };
  });
  if (!selected) {
    findings.push({
      subject: "drivers",
      status: "failure",
      result: "no GL driver works",
      advice:
        "Install Mesa (Debian: apt install libegl1 libgl1-mesa-dri), or libgcc-s1 for the embedded driver.",
    });
  }
  return findings;
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

function readable(path: string): boolean {
  try {
    accessSync(path, constants.R_OK | constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
