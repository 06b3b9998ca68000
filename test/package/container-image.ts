import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { BareRoot } from "./bare-root.ts";
import { run } from "./programs.ts";

const DOCKER_FOLDER = join(import.meta.dir, "../../examples/docker");
const BASE = "docker.io/library/debian:bookworm-slim";

/** What an image says about its containers. */
interface ImageConfig {
  User: string;
  Entrypoint: string[];
  Cmd: string[];
}

/** Why no image can be built on this machine; empty if one can. */
export function whyNoImage(): string {
  if (Bun.which("buildah") === null) return "buildah is not installed";
  return process.getuid?.() === 0 ? "" : "only root can mount images";
}

/** The image of examples/docker/Dockerfile, built by buildah without a network: its base image has a C library and nothing else. */
export class ContainerImage {
  readonly root: string;
  readonly config: ImageConfig;

  private constructor(root: string, config: ImageConfig) {
    this.root = root;
    this.config = config;
  }

  /** @param folder an empty folder for the build and its storage */
  static async build(folder: string, executable: string): Promise<ContainerImage> {
    const base = join(folder, "base");
    const context = join(folder, "context");
    await mkdir(base);
    await mkdir(context);
    await BareRoot.create(base, executable);
    await Bun.$`rm -r ${base}/work && cp ${executable} ${context}/scenecast`.quiet();
    const policy = join(folder, "policy.json");
    await Bun.write(policy, '{"default": [{"type": "insecureAcceptAnything"}]}');
    const buildah = async (...args: string[]): Promise<string> => {
      const storage = [
        "--root",
        `${folder}/storage`,
        "--runroot",
        `${folder}/run`,
        "--storage-driver",
        "vfs",
      ];
      const { status, stdout, stderr } = await run(["buildah", ...storage, ...args], {
        cwd: folder,
        env: { PATH: process.env.PATH ?? "", HOME: folder, TMPDIR: folder },
      });
      if (status !== 0) throw new Error(`buildah ${args.join(" ")}: ${stderr}`);
      return stdout.trim();
    };
    const empty = await buildah("from", "scratch");
    await buildah("copy", empty, base, "/");
    await buildah("commit", "--quiet", "--signature-policy", policy, empty, BASE);
    const dockerfile = join(DOCKER_FOLDER, "Dockerfile");
    const local = ["--pull-never", "--signature-policy", policy];
    await buildah(
      "bud",
      ...local,
      "--isolation",
      "chroot",
      "--tag",
      "scenecast",
      "--file",
      dockerfile,
      context,
    );
    const container = await buildah("from", ...local, "scenecast");
    const { OCIv1 } = JSON.parse(await buildah("inspect", "--type", "image", "scenecast"));
    return new ContainerImage(await buildah("mount", container), OCIv1.config);
  }

  /**
   * Command line of a container: a read-only root, /proc, /dev/shm of `shmMegabytes`, and `data` at /data; the image's user, without
   * capabilities. The network is the machine's. `args` replace the image's CMD.
   */
  command(args: readonly string[], data: string, shmMegabytes: number): string[] {
    const script = [
      'mount --bind "$1" "$1"',
      'mkdir -p "$1/data" "$1/proc" "$1/dev/shm"',
      'mount --rbind /proc "$1/proc"',
      'mount --bind "$2" "$1/data"',
      `mount -t tmpfs -o mode=1777,size=${shmMegabytes}m none "$1/dev/shm"`,
      'mount --bind /dev/null "$1/dev/null"',
      'mount --bind /dev/urandom "$1/dev/urandom"',
      'mount -o remount,bind,ro "$1"',
      'root="$1"; user="$3"; shift 3',
      'exec env -i PATH=/usr/local/bin:/usr/bin:/bin SCENECAST_TOKEN="$SCENECAST_TOKEN" "$(command -v chroot)" --userspec="$user" "$root" "$@"',
    ].join(" && ");
    const { User, Entrypoint } = this.config;
    return [
      "setpriv",
      "--no-new-privs",
      "unshare",
      "--mount",
      "sh",
      "-c",
      script,
      "sh",
      this.root,
      data,
      User,
      ...Entrypoint,
      ...args,
    ];
  }
}
