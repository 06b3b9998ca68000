import { lstatSync, readFileSync, type Stats, statSync, unlinkSync } from "node:fs";
import { connect } from "node:net";
import { dirname } from "node:path";
import { ServerStartError } from "./errors.ts";

/** Longest path of a Unix socket, bytes: `sun_path` of unix(7) has 108, and ends with a zero byte. */
const MAX_PATH_BYTES = 107;
const WRITABLE_BY_OTHERS = 0o002;
const STICKY = 0o1000;
/** Permissions of everybody but the owner. */
const NOT_OWNER = 0o177;

/**
 * Prepares a path for listening: checks its folder, and removes the socket of a process that has ended.
 * @throws ServerStartError if a process listens there, the path is no socket, or other users could replace it
 */
export async function claimSocketPath(path: string): Promise<void> {
  if (Buffer.byteLength(path) > MAX_PATH_BYTES) {
    throw socketError(
      `The path of the socket, ${path}, has ${Buffer.byteLength(path)} bytes; Linux allows ${MAX_PATH_BYTES}. Choose a shorter one, such as $XDG_RUNTIME_DIR/scenecast.sock.`,
    );
  }
  checkFolder(dirname(path));
  const found = statusOf(path);
  if (found === null) return;
  if (!found.isSocket()) {
    throw socketError(
      `${path} exists and is not a socket, so it is not replaced. Choose another path for the socket.`,
    );
  }
  if (await isListening(path)) {
    throw new ServerStartError(
      `Another program listens on ${path}. End it, or choose another path for the socket.`,
      "port-in-use",
    );
  }
  // Another start may have replaced it since. Without that check, the live socket of that one would be removed.
  if (statusOf(path)?.ino !== found.ino) return;
  try {
    unlinkSync(path);
  } catch {
    throw foreignSocketError(path);
  }
}

/** Calls `listen` with a umask by which the sockets that it creates are open to this user only (mode 0600). */
export function withPrivateSockets<Result>(listen: () => Result): Result {
  const before = process.umask(NOT_OWNER);
  try {
    return listen();
  } finally {
    process.umask(before);
  }
}

function checkFolder(folder: string): void {
  let mode: number;
  try {
    const status = statSync(folder);
    if (!status.isDirectory()) throw socketError(`${folder}, the folder of the socket, is not a folder.`);
    mode = status.mode;
  } catch (error) {
    if (error instanceof ServerStartError) throw error;
    throw socketError(`There is no folder ${folder} for the socket. Create it: mkdir -m 700 ${folder}`);
  }
  if (mode & WRITABLE_BY_OTHERS && !(mode & STICKY)) {
    throw socketError(
      `All users of this machine can replace files in ${folder}, and with them the socket. Choose a folder of your own, such as $XDG_RUNTIME_DIR.`,
    );
  }
}

/** Whether a process listens on the socket. Rejects with a ServerStartError if this user may not connect to it. */
export function isListening(path: string): Promise<boolean> {
  if (isListed(path)) return Promise.resolve(true);
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EACCES" || error.code === "EPERM") {
        reject(foreignSocketError(path));
      } else resolve(error.code !== "ECONNREFUSED" && error.code !== "ENOENT");
    });
  });
}

/**
 * Whether the kernel lists a listener of this path. A process of another network namespace is not listed, and Bun reports a full queue
 * of connections, of a server that hangs, as ECONNREFUSED too, so that each check alone would remove a live socket.
 */
function isListed(path: string): boolean {
  try {
    // Num RefCount Protocol Flags Type St Inode Path; the flag 0x10000 is SO_ACCEPTCON.
    return readFileSync("/proc/net/unix", "utf8")
      .split("\n")
      .some((line) => / 00010000 \S+ \S+ +\d+ /.test(line) && line.endsWith(` ${path}`));
  } catch {
    return false;
  }
}

function statusOf(path: string): Stats | null {
  return lstatSync(path, { throwIfNoEntry: false }) ?? null;
}

function foreignSocketError(path: string): ServerStartError {
  return socketError(
    `${path} is a socket that this user may not replace. Choose another path for the socket, such as $XDG_RUNTIME_DIR/scenecast.sock.`,
  );
}

function socketError(message: string): ServerStartError {
  return new ServerStartError(message, "bad-socket");
}
