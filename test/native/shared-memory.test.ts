import { describe, expect, test } from "bun:test";
import { closeSync, existsSync, ftruncateSync, openSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { SharedMemoryError } from "../../src/native/errors.ts";
import { SharedMemory, sweepSharedMemory } from "../../src/native/shared-memory.ts";
import { CreatedSegments } from "./created-segments.ts";
import {
  CAN_MOUNT,
  linesOf,
  mappingsOf,
  NEW_MOUNTS,
  nextLine,
  openDescriptors,
  startFixture,
} from "./processes.ts";

const segments = new CreatedSegments();
const create = segments.create.bind(segments);
const attach = segments.attach.bind(segments);

function truncate(name: string, size: number): void {
  const fd = openSync(`/dev/shm/${name}`, "r+");
  ftruncateSync(fd, size);
  closeSync(fd);
}

describe("a segment", () => {
  test("a new segment has its exact size, mode 0600 and zero bytes", () => {
    const memory = create(45);
    expect(memory.name).toMatch(/^scenecast_[0-9a-f]{8}$/);
    const status = statSync(`/dev/shm/${memory.name}`);
    expect([status.size, status.mode & 0o777]).toEqual([45, 0o600]);
    expect([memory.size, memory.buffer.byteLength]).toEqual([45, 45]);
    expect(new Uint8Array(memory.buffer).every((byte) => byte === 0)).toBe(true);
  });

  test("writes of one mapping are visible in another", () => {
    const memory = create(4096);
    const other = attach(memory.name);
    new Uint8Array(other.buffer)[4095] = 7;
    expect(new Uint8Array(memory.buffer)[4095]).toBe(7);
    expect(attach(`/${memory.name}`, { readOnly: true }).size).toBe(4096);
  });

  test("a segment can be unlinked and closed twice, and its views stay valid", () => {
    const memory = create(64);
    const view = new Uint8Array(memory.buffer);
    view[3] = 9;
    memory.unlink();
    memory.unlink();
    memory.close();
    memory.close();
    expect(existsSync(`/dev/shm/${memory.name}`)).toBe(false);
    expect(view[3]).toBe(9);
    expect(memory.isCurrent()).toBe(false);
    expect(() => memory.reserve(1)).toThrow(`/dev/shm/${memory.name} has been closed.`);
  });

  test("unlink does not remove another segment that has the same name", () => {
    const memory = create(64);
    const stale = attach(memory.name);
    memory.unlink();
    writeFileSync(`/dev/shm/${memory.name}`, "other");
    stale.unlink();
    expect(existsSync(`/dev/shm/${memory.name}`)).toBe(true);
    attach(memory.name).unlink();
    expect(existsSync(`/dev/shm/${memory.name}`)).toBe(false);
  });

  test("a truncated segment is not current", () => {
    const memory = create(8192);
    const other = attach(memory.name);
    expect(other.isCurrent()).toBe(true);
    truncate(memory.name, 4096);
    expect(other.isCurrent()).toBe(false);
  });

  test("a segment that is truncated during access reads as zeros, until it has its size again", () => {
    const memory = create(8192);
    const other = attach(memory.name);
    const bytes = new Uint8Array(other.buffer);
    const words = new Int32Array(bytes.buffer, 4096, 1);
    bytes.fill(7);
    truncate(memory.name, 0);
    expect([bytes[0], bytes[8191], Atomics.load(words, 0)]).toEqual([0, 0, 0]);
    Atomics.store(words, 0, 5);
    expect(other.isCurrent()).toBe(false);
    truncate(memory.name, 8192);
    expect(other.isCurrent()).toBe(true);
    expect(Atomics.load(words, 0)).toBe(0);
    Atomics.store(words, 0, 6);
    expect(new Int32Array(attach(memory.name).buffer, 4096, 1)[0]).toBe(6);
  });

  test("closed segments release memory and descriptors", async () => {
    const memory = create(1 << 20);
    const descriptors = openDescriptors();
    for (let round = 0; round < 200; ++round) SharedMemory.attach(memory.name).close();
    // Descriptors of earlier tests may be closed meanwhile.
    expect(openDescriptors()).toBeLessThanOrEqual(descriptors);
    // JavaScriptCore collects at its own time and may treat a stale stack slot as a reference.
    for (let round = 0; round < 50 && mappingsOf(memory.name) > 20; ++round) {
      Bun.gc(true);
      await Bun.sleep(1);
    }
    expect(mappingsOf(memory.name)).toBeLessThan(20);
  });

  test("a segment that is truncated while a Worker accesses it does not end the process", async () => {
    const memory = create(1 << 20);
    const worker = startFixture("touch-segment.ts", [memory.name]);
    await nextLine(worker.lines);
    truncate(memory.name, 0);
    expect(await nextLine(worker.lines)).toBe("0");
    worker.child.stdin.end();
    expect(await worker.child.exited).toBe(0);
  });
});

describe("invalid segments", () => {
  const cases: [string, () => unknown, RegExp][] = [
    ["size 0", () => SharedMemory.create(0), /cannot have 0 bytes/],
    ["a size that is no number", () => SharedMemory.create(Number.NaN), /cannot have NaN bytes/],
    ["a size beyond every machine", () => SharedMemory.create(2 ** 52), /cannot have 4503599627370496 bytes/],
    ["a path as name", () => SharedMemory.attach("../etc/passwd"), /1 to 200 characters without '\/'/],
    ["an endless name", () => SharedMemory.attach("x".repeat(5000)), /1 to 200 characters/],
    ["an empty name", () => SharedMemory.attach(""), /1 to 200 characters/],
    ["a zero byte", () => SharedMemory.attach("a\0b"), /zero byte/],
    [
      "an absent segment",
      () => SharedMemory.attach("scenecast_absent"),
      /cannot open.*start it and pass the names/,
    ],
  ];
  for (const [what, action, message] of cases) {
    test(`attaching or creating with ${what} is an error`, () => {
      expect(action).toThrow(SharedMemoryError);
      expect(action).toThrow(message);
    });
  }

  test("an empty file is not attached", () => {
    const memory = create(100);
    truncate(memory.name, 0);
    expect(() => SharedMemory.attach(memory.name)).toThrow("has 0 bytes, but at least 1 are required");
  });

  test("reserving more than a segment's size is an error", () => {
    const memory = create(100);
    memory.reserve(100);
    expect(() => memory.reserve(101)).toThrow("has 100 bytes, 101 cannot be reserved");
  });
});

describe.skipIf(!CAN_MOUNT)("a /dev/shm without space (requires mount)", () => {
  const script = new URL("fixtures/fill-shared-memory.ts", import.meta.url).pathname;

  /** Runs the fixture with a tmpfs over `target`, in its own mount namespace. */
  function runUnderTmpfs(target: string, options: string, bytes: number): string {
    const mount = `mount -t tmpfs -o ${options} tmpfs ${target} && exec "$0" "$1" "$2"`;
    const run = Bun.spawnSync([...NEW_MOUNTS, "sh", "-c", mount, process.execPath, script, `${bytes}`]);
    expect(run.stderr.toString()).toBe("");
    return run.stdout.toString();
  }

  test("the error of a full /dev/shm names the required and the free space", () => {
    const text = runUnderTmpfs("/dev/shm", "size=1m", 2 << 20);
    expect(text).toMatch(/cannot reserve 2097152 bytes: No space left on device/);
    expect(text).toMatch(/2\.0 MiB are needed in \/dev\/shm and 1\.0 MiB are free: .*--shm-size/);
    expect(text).toEndWith("ENOSPC\n");
  });

  test("the error of a read-only /dev/shm says so", () => {
    const text = runUnderTmpfs("/dev/shm", "size=1m,ro", 4096);
    expect(text).toMatch(/Read-only file system\. \/dev\/shm is mounted read-only: it must be writable/);
  });

  test("the error of an absent /dev/shm says how to mount it", () => {
    const text = runUnderTmpfs("/dev", "size=1m", 4096);
    expect(text).toMatch(/This system has no \/dev\/shm: mount it/);
  });
});

describe("a sweep", () => {
  test("a sweep removes the segment of a killed process and keeps that of a living one", async () => {
    const dead = startFixture("own-segment.ts", ["4096"]);
    const living = startFixture("own-segment.ts", ["4096"]);
    const deadName = await nextLine(dead.lines);
    const livingName = await nextLine(living.lines);
    expect(existsSync(`/dev/shm/${deadName}`)).toBe(true);
    dead.child.kill("SIGKILL");
    await dead.child.exited;

    // Another scenecast on this machine may sweep at the same time, so the file is checked, too.
    const swept = sweepSharedMemory();
    expect(swept).not.toContain(livingName);
    expect(existsSync(`/dev/shm/${deadName}`)).toBe(false);
    expect(existsSync(`/dev/shm/${livingName}`)).toBe(true);

    living.child.stdin.end();
    await living.child.exited;
    expect(existsSync(`/dev/shm/${livingName}`)).toBe(false);
  });

  test("a sweep keeps this process's open segments, and removes them once closed", () => {
    const memory = create(4096);
    const view = new Uint8Array(memory.buffer);
    expect(sweepSharedMemory()).not.toContain(memory.name);
    memory.close();
    sweepSharedMemory();
    expect(existsSync(`/dev/shm/${memory.name}`)).toBe(false);
    expect(view.length).toBe(4096);
  });

  test("a sweep keeps an empty segment, whose creator may be about to lock it", () => {
    const name = "scenecast_newborn0";
    writeFileSync(`/dev/shm/${name}`, "");
    try {
      expect(sweepSharedMemory()).not.toContain(name);
    } finally {
      attachAndUnlink(name);
    }
  });

  test("a sweep keeps files of other programs", () => {
    const name = "scenecaster_other";
    writeFileSync(`/dev/shm/${name}`, "x");
    utimesSync(`/dev/shm/${name}`, 0, 0);
    try {
      expect(sweepSharedMemory()).not.toContain(name);
      expect(existsSync(`/dev/shm/${name}`)).toBe(true);
    } finally {
      attachAndUnlink(name);
    }
  });
});

const PYTHON = "/usr/bin/python3";
const hasPython = Bun.spawnSync([PYTHON, "-c", "import multiprocessing.shared_memory"]).success;

/** Starts CPython with a segment of its own, or attached to another's, until its stdin ends. */
async function startPython(options: { attach?: string; leak?: boolean } = {}) {
  const program = `
import sys
from multiprocessing import resource_tracker, shared_memory
segment = shared_memory.SharedMemory(${options.attach ? `"${options.attach}"` : "create=True, size=5000"})
${options.leak ? 'resource_tracker.unregister(segment._name, "shared_memory")' : ""}
print(segment.name, flush=True)
sys.stdin.read()
`;
  const child = Bun.spawn([PYTHON, "-c", program], { stdin: "pipe", stdout: "pipe", stderr: "ignore" });
  const name = await nextLine(linesOf(child.stdout));
  const end = async (signal?: NodeJS.Signals) => {
    if (signal) child.kill(signal);
    else child.stdin.end();
    await child.exited;
  };
  return { child, name, end };
}

describe.skipIf(!hasPython)(`a segment of CPython (requires ${PYTHON})`, () => {
  test("CPython's segment is not abandoned while its program runs, is stopped, or another program removed the name", async () => {
    const producer = await startPython();
    const memory = attach(producer.name, { readOnly: true });
    expect(memory.isAbandoned()).toBe(false);
    producer.child.kill("SIGSTOP");
    expect(memory.isAbandoned()).toBe(false);
    // At its exit CPython also removes segments that it only attached (python/cpython#82300).
    await (await startPython({ attach: producer.name })).end();
    await removed(producer.name);
    expect(memory.isAbandoned()).toBe(false);
    producer.child.kill("SIGCONT");
    await producer.end();
    expect(memory.isAbandoned()).toBe(true);
  });

  test("CPython's segment is abandoned once its program was killed, with or without its name", async () => {
    for (const leak of [true, false]) {
      const producer = await startPython({ leak });
      const memory = attach(producer.name, { readOnly: true });
      await producer.end("SIGKILL");
      expect(memory.isAbandoned()).toBe(true);
      // CPython's resource tracker outlives the program and removes its segments.
      if (leak) expect(existsSync(`/dev/shm/${producer.name}`)).toBe(true);
      else await removed(producer.name);
      expect(memory.isAbandoned()).toBe(true);
    }
  });

  test("CPython's segment is not abandoned while another program can write it", async () => {
    const producer = await startPython({ leak: true });
    const memory = attach(producer.name, { readOnly: true });
    const successor = await startPython({ attach: producer.name, leak: true });
    await producer.end("SIGKILL");
    expect(memory.isAbandoned()).toBe(false);
    await successor.end("SIGKILL");
    expect(memory.isAbandoned()).toBe(true);
  });

  test("CPython's segment can be opened for writing while it is checked", async () => {
    const producer = await startPython({ leak: true });
    const memory = attach(producer.name, { readOnly: true });
    await producer.end("SIGKILL");
    const writer = Bun.spawn([
      PYTHON,
      "-c",
      `for _ in range(2000): open("/dev/shm/${producer.name}", "r+b").close()`,
    ]);
    // If a program opens it in between, the kernel makes it wait and sends this process a signal.
    let checks = 0;
    for (; writer.exitCode === null; checks++) {
      for (let i = 0; i < 500; i++) memory.isAbandoned();
      await Bun.sleep(0);
    }
    expect(writer.exitCode).toBe(0);
    expect(checks).toBeGreaterThan(0);
  });
});

async function removed(name: string): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (existsSync(`/dev/shm/${name}`)) {
    if (Date.now() > deadline) throw new Error(`${name} stays.`);
    await Bun.sleep(5);
  }
}

describe("a segment of this project", () => {
  test("our segment is abandoned when its creator was killed, but not while that is stopped", async () => {
    const owner = startFixture("own-segment.ts", ["4096"]);
    const memory = attach(await nextLine(owner.lines));
    owner.child.kill("SIGSTOP");
    expect(memory.isAbandoned()).toBe(false);
    owner.child.kill("SIGKILL");
    await owner.child.exited;
    expect(memory.isAbandoned()).toBe(true);
    memory.unlink();
    memory.close();
    expect(memory.isAbandoned()).toBe(false);
  });

  test("our segment is abandoned when its creator has closed it, with or without views", () => {
    const memory = create(64);
    const view = new Uint8Array(memory.buffer);
    const other = attach(memory.name);
    expect([memory.isAbandoned(), other.isAbandoned()]).toEqual([false, false]);
    memory.unlink();
    memory.close();
    expect(other.isAbandoned()).toBe(true);
    expect(view.length).toBe(64);
  });
});

function attachAndUnlink(name: string): void {
  truncate(name, 1);
  const memory = attach(name);
  memory.unlink();
}
