import { chmod, copyFile, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** The libraries that the executable may require: glibc and libgcc. */
const LIBRARIES = ["libc.so.6", "libm.so.6", "libdl.so.2", "libpthread.so.0", "libgcc_s.so.1"];
const LIBRARY_FOLDERS = ["/lib/x86_64-linux-gnu", "/usr/lib/x86_64-linux-gnu", "/lib64", "/usr/lib64"];
const LOADER = "/lib64/ld-linux-x86-64.so.2";

async function findLibrary(name: string): Promise<string> {
  for (const folder of LIBRARY_FOLDERS)
    if (await Bun.file(join(folder, name)).exists()) return join(folder, name);
  throw new Error(`${name} is in none of ${LIBRARY_FOLDERS.join(", ")}.`);
}

/** Command line that runs a shell script in a new mount namespace, and in a new user namespace if this user is not root. */
function withOwnMounts(script: string, args: string[]): string[] {
  const asRoot = process.getuid?.() === 0 ? [] : ["--user", "--map-root-user"];
  return ["unshare", ...asRoot, "--mount", "sh", "-c", script, "sh", ...args];
}

/** Why a bare root cannot be used on this machine; undefined if it can. */
export function whyNoBareRoot(): string | undefined {
  if (!Bun.which("unshare") || !Bun.which("chroot")) return "unshare or chroot is not installed";
  const probe = Bun.spawnSync(withOwnMounts("mount -t tmpfs none /mnt && chroot / true", []));
  return probe.success ? undefined : `unshare or chroot is not permitted: ${probe.stderr.toString().trim()}`;
}

/** A root file system with nothing but the executable and a C library. */
export class BareRoot {
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  static async create(
    folder: string,
    executable: string,
    options: { without?: string } = {},
  ): Promise<BareRoot> {
    for (const inside of ["lib64", "lib/x86_64-linux-gnu", "proc", "dev/shm", "work"])
      await mkdir(join(folder, inside), { recursive: true });
    for (const device of ["null", "urandom"]) await writeFile(join(folder, "dev", device), "");
    await copyFile(LOADER, join(folder, LOADER));
    for (const name of LIBRARIES)
      if (name !== options.without)
        await copyFile(await findLibrary(name), join(folder, "lib/x86_64-linux-gnu", name));
    await copyFile(executable, join(folder, "work", "scenecast"));
    await chmod(join(folder, "work", "scenecast"), 0o755);
    return new BareRoot(folder);
  }

  /** Command line that runs scenecast in /work of the root, with an empty environment. The mounts end with the process. */
  command(...args: string[]): string[] {
    const script = [
      'mount --rbind /proc "$1/proc"',
      'mount -t tmpfs none "$1/dev/shm"',
      'mount --bind /dev/null "$1/dev/null"',
      'mount --bind /dev/urandom "$1/dev/urandom"',
      'root="$1"; shift',
      // exec in each step, so that a signal to this process is received by scenecast.
      'exec env -i "$(command -v chroot)" "$root" /work/scenecast "$@"',
    ].join(" && ");
    return withOwnMounts(script, [this.folder, ...args]);
  }
}
