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

/** One test needs it, and is skipped without: 79 small packages are too much to insist on. */
function offerNotebook() {
  // The module alone; Debian's jupyter-notebook adds nothing but the command.
  if (existsSync("/usr/lib/python3/dist-packages/notebook")) return;
  installDebianPackages(["python3-notebook"], "the test in a notebook needs Jupyter", (sentence) =>
    say(`${sentence} Without it that test is skipped.`),
  );
}

/** As {@link offerNotebook}: one test needs it. */
function offerGStreamer() {
  const library = `/usr/lib/${process.arch === "arm64" ? "aarch64" : "x86_64"}-linux-gnu`;
  const needed = [
    "girepository-1.0/GstWebRTC-1.0.typelib",
    "gstreamer-1.0/libgstnice.so",
    "gstreamer-1.0/libgstvpx.so",
  ];
  if (needed.every((file) => existsSync(`${library}/${file}`)) && onPath("gst-launch-1.0")) return;
  const packages = ["python3-gi", "gir1.2-gst-plugins-bad-1.0", "gstreamer1.0-nice", "gstreamer1.0-tools"];
  const plugins = ["base", "good", "bad"].map((set) => `gstreamer1.0-plugins-${set}`);
  installDebianPackages([...packages, ...plugins], "the tests of WHEP and MJPEG need GStreamer", (sentence) =>
    say(`${sentence} Without it those tests are skipped.`),
  );
}

/**
 * As {@link offerNotebook}: a media server, what gives it a network of its own, a TURN server and a proxy, 5 MB. Where systemd
 * runs, installing them would start them, listening on all addresses.
 */
function offerServers() {
  const programs = {
    "bin/janus": "janus",
    "bin/ip": "iproute2",
    "bin/turnserver": "coturn",
    "sbin/nginx": "nginx-light",
  };
  const missing = Object.entries(programs)
    .filter(([program]) => !existsSync(`/usr/${program}`))
    .map(([, name]) => name);
  if (missing.length === 0) return;
  const skipped = "Without them the tests with a media server, a TURN server or a proxy are skipped.";
  if (existsSync("/run/systemd/system"))
    return say(
      `Some tests need ${missing.join(" and ")}; install them yourself, and stop janus, coturn and nginx, which Debian starts as services. ${skipped}`,
    );
  installDebianPackages(missing, "the tests of WHEP, TURN and proxies need more programs", (sentence) =>
    say(`${sentence} ${skipped}`),
  );
}

/** As {@link offerNotebook}: the example of a VTK program, 250 MB. Debian's VTK renders through an X server. */
function offerVtk() {
  if (existsSync("/usr/lib/python3/dist-packages/vtkmodules") && onPath("Xvfb")) return;
  installDebianPackages(["python3-vtk9", "xvfb"], "the test of the VTK example needs VTK", (sentence) =>
    say(`${sentence} Without it that test is skipped.`),
  );
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
  offerNotebook();
  offerGStreamer();
  offerServers();
  offerVtk();
}
ensureJavaScriptPackages();
ensureNotices();
ensureNativeLibraries();
