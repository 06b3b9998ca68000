import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { until } from "../support/scenecast.ts";
import { TemporaryDirectory } from "../support/temporary-directory.ts";
import { VirtualHost } from "./virtual-host.ts";

const ADDRESSES = {
  laptop: "10.77.1.2",
  loginOutside: "10.77.1.1",
  loginInside: "10.77.2.1",
  node: "10.77.2.2",
} as const;

const PROGRAMS = ["slurmctld", "slurmd", "munged", "srun", "sbatch", "ip", "nsenter", "setpriv"] as const;
const PATH = `${process.env.PATH}:/usr/sbin:/sbin`;

/** Why there can be no cluster on this machine; empty if there can. */
export async function clusterMissing(): Promise<string> {
  const missing = [...PROGRAMS, "sshd", "ssh", "ssh-keygen"].filter(
    (name) => Bun.which(name, { PATH }) === null,
  );
  if (missing.length > 0) return `not installed: ${missing.join(", ")}`;
  if (process.getuid?.() !== 0) return "only root can start Slurm's daemons and network namespaces";
  try {
    using folder = new TemporaryDirectory();
    using _ = await VirtualHost.create("probe", folder.write("hosts", ""));
    return "";
  } catch (error) {
    return `no network namespaces: ${error instanceof Error ? error.message : error}`;
  }
}

/**
 * Debian's Slurm with a login host, and a machine with two nodes that only the login host reaches; all are network namespaces. The user's
 * own computer is a third, which reaches the login host only.
 */
export class SlurmCluster implements AsyncDisposable {
  readonly folder = new TemporaryDirectory();
  readonly #stack = new AsyncDisposableStack();
  #laptop: VirtualHost | undefined;
  #login: VirtualHost | undefined;

  /** Starts it and waits until both nodes are idle. */
  static async start(): Promise<SlurmCluster> {
    const cluster = new SlurmCluster();
    try {
      await cluster.#start();
      return cluster;
    } catch (error) {
      await cluster[Symbol.asyncDispose]();
      throw error;
    }
  }

  get laptop(): VirtualHost {
    if (this.#laptop === undefined) throw new Error("The cluster has not started.");
    return this.#laptop;
  }

  get login(): VirtualHost {
    if (this.#login === undefined) throw new Error("The cluster has not started.");
    return this.#login;
  }

  /** Programs of the folder bin are on the PATH. */
  get env(): Record<string, string> {
    return { SLURM_CONF: `${this.folder.path}/slurm.conf`, PATH: `${this.folder.path}/bin:${PATH}` };
  }

  /** Submits a batch script and returns the job's number. Its output goes to {@link outputOf}. */
  submit(script: string, ...options: string[]): string {
    return this.submitFile(this.folder.write("job.sh", `#!/bin/sh\n${script}\n`), options);
  }

  /** Submits the script of a file, with these options of sbatch and arguments of the script. */
  submitFile(file: string, options: readonly string[] = [], args: readonly string[] = []): string {
    const output = `--output=${this.folder.path}/job-%j.out`;
    return this.onLogin("sbatch", "--parsable", output, ...options, file, ...args);
  }

  outputOf(job: string): string {
    const file = `${this.folder.path}/job-${job}.out`;
    return existsSync(file) ? readFileSync(file, "utf8") : "";
  }

  /** State of a job and the reason for it, such as "TIMEOUT TimeLimit". */
  stateOf(job: string): string {
    return this.onLogin("squeue", "--noheader", "--jobs", job, "--states", "all", "--format", "%T %r");
  }

  /** Runs a command on the login host and returns its output. */
  onLogin(...command: string[]): string {
    return this.login.run(command, this.env);
  }

  async #start(): Promise<void> {
    const { path } = this.folder;
    this.#stack.use(this.folder);
    for (const name of ["bin", "state", "spool-n1", "spool-n2", "ssh"])
      mkdirSync(`${path}/${name}`, { mode: 0o755 });
    const nodeHosts = this.folder.write(
      "hosts",
      `127.0.0.1 localhost\n${ADDRESSES.loginInside} login\n${ADDRESSES.node} node1\n`,
    );
    const laptopHosts = this.folder.write(
      "laptop-hosts",
      `127.0.0.1 localhost\n${ADDRESSES.loginOutside} login\n`,
    );
    this.#laptop = this.#stack.use(await VirtualHost.create("laptop", laptopHosts));
    this.#login = this.#stack.use(await VirtualHost.create("login", nodeHosts));
    const node = this.#stack.use(await VirtualHost.create("node1", nodeHosts));
    VirtualHost.connect(this.laptop, ADDRESSES.laptop, this.login, ADDRESSES.loginOutside);
    VirtualHost.connect(this.login, ADDRESSES.loginInside, node, ADDRESSES.node);
    this.#startSsh([this.login, node]);
    this.#startSlurm(node);
    await until(() => {
      try {
        return this.onLogin("sinfo", "--noheader", "--format", "%T %D") === "idle 2";
      } catch {
        // The controller has not started yet.
        return false;
      }
    }, `both nodes are idle: ${this.#logs()}`);
  }

  #startSsh(hosts: readonly VirtualHost[]): void {
    const ssh = `${this.folder.path}/ssh`;
    this.laptop.run(["sh", "-c", "mount -t tmpfs none /root && mkdir -m 700 /root/.ssh"]);
    this.laptop.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", "/root/.ssh/id_ed25519"]);
    this.laptop.run(["sh", "-c", `cp /root/.ssh/id_ed25519.pub ${ssh}/authorized_keys`]);
    this.laptop.run([
      "sh",
      "-c",
      'printf "Host *\\n StrictHostKeyChecking accept-new\\n" > /root/.ssh/config',
    ]);
    this.laptop.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", `${ssh}/host_key`]);
    const config = this.folder.write(
      "sshd_config",
      `HostKey ${ssh}/host_key
AuthorizedKeysFile ${ssh}/authorized_keys
StrictModes no
UsePAM no
PermitRootLogin yes
PidFile none
`,
    );
    for (const host of hosts) this.#startDaemon(host, ["/usr/sbin/sshd", "-D", "-e", "-f", config]);
  }

  #startSlurm(node: VirtualHost): void {
    const { path } = this.folder;
    this.folder.write("munge.key", randomBytes(128));
    this.laptop.run(["chmod", "400", `${path}/munge.key`]);
    const munge = [
      "key-file=munge.key",
      "socket=munge.socket",
      "pid-file=munge.pid",
      "log-file=munge.log",
      "seed-file=munge.seed",
    ];
    this.#startDaemon(this.login, [
      ...["munged", "--force", "--foreground"],
      ...munge.map((option) => `--${option.replace("=", `=${path}/`)}`),
    ]);
    this.folder.write(
      "slurm.conf",
      // The job's number is part of a path in /tmp, which runs of other clones share.
      `ClusterName=test
FirstJobId=${10 * process.pid}
SlurmctldHost=login(${ADDRESSES.loginInside})
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=${path}/munge.socket
CredType=cred/munge
StateSaveLocation=${path}/state
SlurmdSpoolDir=${path}/spool-%n
SlurmctldPidFile=${path}/slurmctld.pid
SlurmdPidFile=${path}/slurmd-%n.pid
SlurmctldLogFile=${path}/slurmctld.log
SlurmdLogFile=${path}/slurmd-%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
SchedulerType=sched/builtin
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
PlugStackConfig=/dev/null
ReturnToService=2
NodeName=n1 NodeHostname=node1 NodeAddr=${ADDRESSES.node} Port=6821 CPUs=2 RealMemory=2000
NodeName=n2 NodeHostname=node1 NodeAddr=${ADDRESSES.node} Port=6822 CPUs=2 RealMemory=2000
PartitionName=main Nodes=n1,n2 Default=YES MaxTime=60 State=UP
`,
    );
    this.#startDaemon(this.login, ["slurmctld", "-D"]);
    for (const name of ["n1", "n2"]) this.#startDaemon(node, ["slurmd", "-D", "-N", name]);
  }

  #startDaemon(host: VirtualHost, command: readonly string[]): void {
    const daemon = Bun.spawn(host.command(command), {
      env: { ...process.env, ...this.env },
      stdin: "ignore",
      stdout: "ignore",
      stderr: "ignore",
    });
    this.#stack.defer(async () => {
      daemon.kill();
      await daemon.exited;
    });
  }

  #logs(): string {
    return ["slurmctld", "slurmd-n1"]
      .map((name) => `${this.folder.path}/${name}.log`)
      .filter((file) => existsSync(file))
      .map((file) => readFileSync(file, "utf8").split("\n").slice(-5).join("\n"))
      .join("\n");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
  }
}
