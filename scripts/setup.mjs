// Brings a fresh clone to the point where scenecast runs: compiler, JavaScript packages, native libraries,
// and with --tests also the browser and Python that the tests use. Plain Node 18, no packages, because
// nothing else is there yet. Says what it does on stderr, one short line each; silent when all is in place.
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

function say(line) {
  process.stderr.write(`scenecast set-up: ${line}\n`);
}

function fail(sentence) {
  say(sentence);
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

/** Runs a program quietly; its output is returned, and shown only by the caller when it failed. */
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

/** Says what is being done, does it, and ends the set-up with `advice` when it fails. */
function step(description, program, args, advice, env) {
  say(`${description} …`);
  const started = Date.now();
  const result = run(program, args, env);
  if (!result.ok) {
    process.stderr.write(`${lastLines(result.output)}\n`);
    fail(advice);
  }
  say(`${description}: done in ${((Date.now() - started) / 1000).toFixed(1)} s`);
}

function openLockFile() {
  try {
    mkdirSync(join(root, "build"), { recursive: true });
    return openSync(join(root, "build", "setup.lock"), "a");
  } catch (error) {
    return fail(`This clone cannot be written to (${error.message}); clone it into a folder of your own.`);
  }
}

/** Two set-ups in one clone take turns. The kernel frees the lock when this process ends, however it ends. */
function takeLock() {
  const file = openLockFile();
  const lock = (...how) =>
    spawnSync("flock", ["--exclusive", ...how, "3"], { stdio: ["ignore", "ignore", "ignore", file] });
  if (lock("--nonblock").status === 1) {
    say("waiting for another set-up of this clone …");
    if (lock("--timeout", "900").status !== 0)
      fail("Another set-up of this clone has been running for 15 minutes; end it and try again.");
  }
}

/** Asks before an installation if there is a terminal. Without one (CI, containers) and for tests it is allowed without asking. */
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

/** Ends in `giveUp` with a sentence where the packages cannot be installed. */
function installDebianPackages(packages, reason, giveUp = fail) {
  const names = packages.join(" ");
  if (!onPath("apt-get"))
    return giveUp(
      `${reason}; install what Debian calls ${names} with your system's package manager, then try again.`,
    );
  const command = `apt-get install --no-install-recommends ${names}`;
  if (process.getuid() !== 0)
    return giveUp(`${reason}, and only root may install packages; run: sudo ${command}`);
  say(`${reason}; this takes: ${command}`);
  if (!mayInstall()) return giveUp(`Nothing was installed; run it yourself, then try again: ${command}`);
  say(`installing ${names} with apt-get …`);
  const started = Date.now();
  const install = () =>
    run("apt-get", ["install", "--yes", "--no-install-recommends", ...packages], {
      DEBIAN_FRONTEND: "noninteractive",
    });
  let result = install();
  if (!result.ok) {
    say("refreshing the package lists (apt-get update) …");
    run("apt-get", ["update"]);
    result = install();
  }
  if (!result.ok) {
    process.stderr.write(`${lastLines(result.output)}\n`);
    return giveUp(`apt-get could not install ${names}; install them by hand, then try again.`);
  }
  say(`installed ${names} in ${((Date.now() - started) / 1000).toFixed(1)} s`);
}

/** Where gcc would find it, without asking gcc, which takes longer than all the rest of this. */
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
      `a C compiler and the VP8 encoder's library are needed (${missing.join(", ")} missing)`,
    );
}

function hasSanitizers() {
  return ["libasan.so", "libubsan.so"].every((library) =>
    run("gcc", [`-print-file-name=${library}`]).output.startsWith("/"),
  );
}

function hasPythonModules() {
  // Looking for the folders is a hundred times faster than starting Python, and this runs before every test run.
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
  // A WebRTC viewer that is not ours.
  if (!existsSync("/usr/lib/python3/dist-packages/aiortc")) missing.push("python3-aiortc");
  if (missing.length > 0) installDebianPackages(missing, "the tests need more programs");
}

const libraries = `/usr/lib/${process.arch === "arm64" ? "aarch64" : "x86_64"}-linux-gnu`;
const pythonModules = "/usr/lib/python3/dist-packages";

/** Programs that single tests need; without them those tests are skipped, because this is too much to insist on. */
const OPTIONAL_TEST_PROGRAMS = [
  {
    tests: "a notebook",
    // The module alone: the command of Debian's jupyter-notebook is not used.
    packages: ["python3-notebook"],
    files: [`${pythonModules}/notebook`],
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
    tests: "the VTK example",
    // Debian's VTK renders through an X server.
    packages: ["python3-vtk9", "xvfb"],
    files: [`${pythonModules}/vtkmodules`, "/usr/bin/Xvfb"],
  },
  {
    tests: "media servers, TURN and proxies",
    packages: ["janus", "iproute2", "coturn", "nginx-light"],
    files: ["/usr/bin/janus", "/usr/bin/ip", "/usr/bin/turnserver", "/usr/sbin/nginx"],
    services: "janus, coturn and nginx",
  },
];

function offerTestPrograms() {
  for (const { tests, packages, files, services } of OPTIONAL_TEST_PROGRAMS) {
    if (files.every((file) => existsSync(file))) continue;
    const skipped = `Without them the tests with ${tests} are skipped.`;
    // Where systemd runs, installing them would start them, listening on all addresses.
    if (services && existsSync("/run/systemd/system"))
      say(
        `The tests with ${tests} need ${packages.join(", ")}; install them yourself, then stop ${services}. ${skipped}`,
      );
    else
      installDebianPackages(packages, `the tests with ${tests} need more programs`, (sentence) =>
        say(`${sentence} ${skipped}`),
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
  if (!onPath("npm")) fail("npm is missing; install it (Debian: apt-get install npm), then try again.");
  const bun = JSON.parse(readFileSync(join(root, "package.json"), "utf8")).devDependencies.bun;
  step(
    "installing JavaScript packages",
    "npm",
    ["exec", "--yes", `--package=bun@${bun}`, "--", "bun", "install", "--frozen-lockfile"],
    "The JavaScript packages could not be installed; check that npm reaches its registry, then try again.",
  );
  if (!existsSync(join(root, "node_modules", ".bin", "bun")))
    fail("bun install ended without node_modules/.bin/bun; remove node_modules and try again.");
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
    "The licence notices could not be collected; remove node_modules and try again.",
  );
}

function ensureNativeLibraries() {
  const result = run(process.execPath, [join(root, "scripts", "build-native.mjs")]);
  if (!result.ok) {
    process.stderr.write(`${result.output}\n`);
    fail("The native libraries could not be built; why is said above.");
  }
  for (const line of result.output.split("\n").filter(Boolean)) say(line);
}

if (Number(process.versions.node.split(".")[0]) < 18)
  fail(`Node 18 or newer is needed, this is ${process.versions.node}.`);
if (process.platform !== "linux") fail(`scenecast runs on Linux, this is ${process.platform}.`);
takeLock();
ensureCompiler();
if (forTests) {
  ensureTestTools();
  offerTestPrograms();
}
ensureJavaScriptPackages();
ensureNotices();
ensureNativeLibraries();
