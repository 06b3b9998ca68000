// Installs and builds what a fresh clone needs to run scenecast: compiler, JavaScript packages, native libraries, and with --tests also
// the programs that the tests use. Runs on Node 18 without packages, because nothing else is installed yet. Prints each step before it
// on standard error, one line each, and nothing if nothing is missing.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { isatty } from "node:tty";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const forTests = process.argv.includes("--tests");

function print(line) {
  process.stderr.write(`scenecast set-up: ${line}\n`);
}

function fail(message) {
  print(message);
  process.exit(1);
}

function onPath(program) {
  return (process.env.PATH ?? "").split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** Runs a program and captures its output. */
function run(program, args, env = {}) {
  const result = spawnSync(program, args, {
    cwd: root,
    env: { ...process.env, ...env },
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
    maxBuffer: 64 * 1024 * 1024,
  });
  const output = `${result.stdout ?? ""}${result.stderr ?? ""}${result.error ? result.error.message : ""}`;
  return { ok: result.status === 0, output: output.trim() };
}

function lastLines(output, count = 15) {
  return output.split("\n").slice(-count).join("\n");
}

/** Prints a description, runs a program, and exits with `advice` if it fails. */
function step(description, program, args, advice, env) {
  print(`${description} …`);
  const started = Date.now();
  const result = run(program, args, env);
  if (!result.ok) {
    process.stderr.write(`${lastLines(result.output)}\n`);
    fail(advice);
  }
  print(`${description}: done in ${((Date.now() - started) / 1000).toFixed(1)} s`);
}

function openLockFile() {
  try {
    mkdirSync(join(root, "build"), { recursive: true });
    return openSync(join(root, "build", "setup.lock"), "a");
  } catch (error) {
    return fail(`Cannot write to this clone (${error.message}). Clone it into a folder of your own.`);
  }
}

/** Excludes a concurrent set-up of the same clone. The kernel releases the lock when this process ends. */
function takeLock() {
  const file = openLockFile();
  const lock = (...options) =>
    spawnSync("flock", ["--exclusive", ...options, "3"], { stdio: ["ignore", "ignore", "ignore", file] });
  if (lock("--nonblock").status === 1) {
    print("waiting for another set-up of this clone …");
    if (lock("--timeout", "900").status !== 0)
      fail("Another set-up of this clone has been running for 15 minutes; end it and try again.");
  }
}

/** Asks the user before an installation if there is a terminal. Without one (CI, containers) and for tests, installs without asking. */
function mayInstall() {
  if (forTests || !isatty(0) || !isatty(2)) return true;
  process.stderr.write("scenecast set-up: Install now? [Y/n] ");
  const answer = readAnswer();
  // An empty string is the end of input; the Enter key gives a newline.
  return answer !== "" && /^(y|yes)?$/i.test(answer.trim());
}

/** Reads one line from the terminal. Node may have made it non-blocking; the read then fails with EAGAIN until there is input. */
function readAnswer() {
  const bytes = Buffer.alloc(80);
  for (;;) {
    try {
      return bytes.toString("utf8", 0, readSync(0, bytes));
    } catch (error) {
      if (error.code !== "EAGAIN") throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50);
    }
  }
}

/** Installs Debian packages; calls `giveUp` with a message if that is not possible or not allowed. */
function installDebianPackages(packages, reason, giveUp = fail) {
  const names = packages.join(" ");
  if (!onPath("apt-get"))
    return giveUp(`${reason}. Install the equivalents of the Debian packages ${names}, then try again.`);
  const command = `apt-get install --no-install-recommends ${names}`;
  if (process.getuid() !== 0)
    return giveUp(`${reason}. Only root can install packages; run: sudo ${command}`);
  print(`${reason}. This command installs them: ${command}`);
  if (!mayInstall())
    return giveUp(`Nothing was installed. Run the command yourself, then try again: ${command}`);
  print(`installing ${names} with apt-get …`);
  const started = Date.now();
  const install = () =>
    run("apt-get", ["install", "--yes", "--no-install-recommends", ...packages], {
      DEBIAN_FRONTEND: "noninteractive",
    });
  let result = install();
  if (!result.ok) {
    print("refreshing the package lists (apt-get update) …");
    run("apt-get", ["update"]);
    result = install();
  }
  if (!result.ok) {
    process.stderr.write(`${lastLines(result.output)}\n`);
    return giveUp(`apt-get cannot install ${names}. Install them manually, then try again.`);
  }
  print(`installed ${names} in ${((Date.now() - started) / 1000).toFixed(1)} s`);
}

/** Whether gcc finds libvpx.a. Running gcc would take longer than all other checks. */
function hasStaticVpx() {
  const folders = [
    "/usr/lib",
    "/usr/lib64",
    "/usr/local/lib",
    ...["x86_64", "aarch64"].map((cpu) => `/usr/lib/${cpu}-linux-gnu`),
  ];
  return folders.some((folder) => existsSync(join(folder, "libvpx.a")));
}

function ensureCompiler() {
  const missing = [];
  if (!onPath("gcc")) missing.push("gcc");
  if (!existsSync("/usr/include/stdio.h") || !existsSync("/usr/include/linux/futex.h"))
    missing.push("libc6-dev");
  if (!existsSync("/usr/include/vpx/vp8cx.h") || !hasStaticVpx()) missing.push("libvpx-dev");
  if (missing.length > 0)
    installDebianPackages(
      ["gcc", "libc6-dev", "libvpx-dev"],
      `A C compiler and libvpx are required; missing: ${missing.join(", ")}`,
    );
}

function hasSanitizers() {
  return ["libasan.so", "libubsan.so"].every((library) =>
    run("gcc", [`-print-file-name=${library}`]).output.startsWith("/"),
  );
}

function hasPythonModules() {
  // Checking folders is a hundred times faster than starting Python, and this runs before every test run.
  const debian = "/usr/lib/python3/dist-packages";
  if (existsSync("/usr/bin/python3") && existsSync(`${debian}/numpy`) && existsSync(`${debian}/PIL`))
    return true;
  return onPath("python3") && run("python3", ["-c", "import numpy, PIL"]).ok;
}

function ensureTestTools() {
  const missing = [];
  if (!hasSanitizers()) missing.push("libgcc-12-dev");
  if (!existsSync("/usr/bin/chromium")) missing.push("chromium");
  if (!hasPythonModules()) missing.push("python3", "python3-numpy", "python3-pil");
  // A WebRTC viewer for comparison.
  if (!existsSync("/usr/lib/python3/dist-packages/aiortc")) missing.push("python3-aiortc");
  if (missing.length > 0) installDebianPackages(missing, "The tests require more programs");
}

const libraries = `/usr/lib/${process.arch === "arm64" ? "aarch64" : "x86_64"}-linux-gnu`;
const pythonModules = "/usr/lib/python3/dist-packages";

/** Optional programs: tests that require them are skipped if they are missing. */
const OPTIONAL_TEST_PROGRAMS = [
  {
    tests: "a notebook",
    // Only the Python module; the command of Debian's jupyter-notebook is not used.
    packages: ["python3-notebook"],
    files: [`${pythonModules}/notebook`],
  },
  {
    tests: "JupyterHub",
    packages: ["jupyterhub"],
    files: [`${pythonModules}/jupyterhub`, "/usr/bin/configurable-http-proxy"],
    services: "jupyterhub",
  },
  {
    tests: "GStreamer",
    packages: [
      "python3-gi",
      "gir1.2-gst-plugins-bad-1.0",
      "gstreamer1.0-nice",
      "gstreamer1.0-tools",
      ...["base", "good", "bad"].map((set) => `gstreamer1.0-plugins-${set}`),
    ],
    files: [
      `${libraries}/girepository-1.0/GstWebRTC-1.0.typelib`,
      `${libraries}/gstreamer-1.0/libgstnice.so`,
      `${libraries}/gstreamer-1.0/libgstvpx.so`,
      "/usr/bin/gst-launch-1.0",
    ],
  },
  {
    tests: "other readers of MJPEG",
    packages: ["python3-opencv", "mpv"],
    files: ["/usr/share/doc/python3-opencv", "/usr/bin/mpv"],
  },
  {
    tests: "VTK, vedo and matplotlib in Python",
    // Debian's VTK renders through an X server.
    packages: ["python3-vtk9", "python3-vedo", "python3-matplotlib", "xvfb"],
    files: ["vtkmodules", "vedo", "matplotlib"]
      .map((name) => `${pythonModules}/${name}`)
      .concat("/usr/bin/Xvfb"),
  },
  {
    tests: "nibabel, the reader of neuroimaging files",
    packages: ["python3-nibabel"],
    files: [`${pythonModules}/nibabel`],
  },
  {
    tests: "films",
    packages: ["ffmpeg", "webp"],
    files: ["ffmpeg", "ffprobe", "webpmux"].map((name) => `/usr/bin/${name}`),
  },
  {
    tests: "Slurm",
    packages: [
      "slurmctld",
      "slurmd",
      "slurm-client",
      "munge",
      "openssh-server",
      "openssh-client",
      "iproute2",
    ],
    files: ["slurmctld", "slurmd", "munged", "sshd"]
      .map((name) => `/usr/sbin/${name}`)
      .concat("/usr/bin/srun", "/usr/bin/ssh"),
    services: "slurmctld, slurmd, munge and ssh",
  },
  {
    tests: "the Python wheel and its types",
    packages: ["python3-venv", "mypy"],
    files: ["/usr/share/doc/python3-venv", "/usr/bin/mypy"],
  },
  {
    tests: "the examples of Open OnDemand and Docker",
    packages: ["ruby", "buildah"],
    files: ["/usr/bin/ruby", "/usr/bin/buildah"],
  },
  {
    tests: "media servers, TURN and proxies",
    packages: ["janus", "iproute2", "coturn", "nginx-light"],
    files: ["/usr/bin/janus", "/usr/bin/ip", "/usr/bin/turnserver", "/usr/sbin/nginx"],
    services: "janus, coturn and nginx",
  },
];

function installOptionalTestPrograms() {
  for (const { tests, packages, files, services } of OPTIONAL_TEST_PROGRAMS) {
    if (files.every((file) => existsSync(file))) continue;
    const skipped = `Without them the tests with ${tests} are skipped.`;
    // With systemd, the installation would start them, listening on all addresses.
    if (services && existsSync("/run/systemd/system"))
      print(
        `The tests with ${tests} require ${packages.join(", ")}. Install them yourself, then stop ${services}. ${skipped}`,
      );
    else
      installDebianPackages(packages, `The tests with ${tests} require more programs`, (message) =>
        print(`${message} ${skipped}`),
      );
  }
}

function ensureJavaScriptPackages() {
  const stamp = join(root, "node_modules", ".scenecast-lock-hash");
  const wanted = createHash("sha256")
    .update(readFileSync(join(root, "bun.lock")))
    .digest("hex");
  const installed = existsSync(stamp) ? readFileSync(stamp, "utf8") : "";
  if (installed === wanted && existsSync(join(root, "node_modules", ".bin", "bun"))) return;
  if (!onPath("npm")) fail("npm is missing. Install it (on Debian: apt-get install npm), then try again.");
  const bun = JSON.parse(readFileSync(join(root, "package.json"), "utf8")).devDependencies.bun;
  step(
    "installing JavaScript packages into node_modules",
    "npm",
    ["exec", "--yes", `--package=bun@${bun}`, "--", "bun", "install", "--frozen-lockfile"],
    "Cannot install the JavaScript packages. Check that npm reaches its registry, then try again.",
  );
  if (!existsSync(join(root, "node_modules", ".bin", "bun")))
    fail("bun install did not create node_modules/.bin/bun. Remove node_modules and try again.");
  writeFileSync(`${stamp}.${process.pid}`, wanted);
  renameSync(`${stamp}.${process.pid}`, stamp);
}

function ensureNotices() {
  const notices = join(root, "build", "notices.txt");
  const texts = readdirSync(join(root, "native", "licenses")).map((name) => `native/licenses/${name}`);
  const sources = ["LICENSE", "bun.lock", "scripts/collect-notices.ts", ...texts];
  const modified = (path) => statSync(path).mtimeMs;
  if (existsSync(notices) && sources.every((path) => modified(join(root, path)) <= modified(notices))) return;
  step(
    "collecting the licence notices",
    join(root, "node_modules", ".bin", "bun"),
    [join(root, "scripts", "collect-notices.ts")],
    "Cannot collect the licence notices. Remove node_modules and try again.",
  );
}

function ensureThreeAddons() {
  const packed = join(root, "build", "three-addons.bin.zst");
  const sources = ["bun.lock", "scripts/pack-three-addons.ts"].map((path) => join(root, path));
  if (existsSync(packed) && sources.every((path) => statSync(path).mtimeMs <= statSync(packed).mtimeMs))
    return;
  step(
    "packing three.js's addons for scene modules",
    join(root, "node_modules", ".bin", "bun"),
    [join(root, "scripts", "pack-three-addons.ts")],
    "Cannot pack three.js's addons. Remove node_modules and try again.",
  );
}

function ensureNativeLibraries() {
  const result = run(process.execPath, [join(root, "scripts", "build-native.mjs")]);
  if (!result.ok) {
    process.stderr.write(`${result.output}\n`);
    fail("Cannot build the native libraries; the reason is above.");
  }
  for (const line of result.output.split("\n").filter(Boolean)) print(line);
}

if (Number(process.versions.node.split(".")[0]) < 18)
  fail(`Node 18 or newer is required; this is ${process.versions.node}.`);
if (process.platform !== "linux") fail(`scenecast requires Linux; this is ${process.platform}.`);
takeLock();
ensureCompiler();
if (forTests) {
  ensureTestTools();
  installOptionalTestPrograms();
}
ensureJavaScriptPackages();
ensureNotices();
ensureThreeAddons();
ensureNativeLibraries();
