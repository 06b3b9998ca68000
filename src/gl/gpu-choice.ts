/** The GPU that a batch system gave to this process, among the EGL devices of the machine. */

type Environment = Record<string, string | undefined>;

/** What identifies an EGL device. */
export interface GpuIdentity {
  /** EGL_NV_device_cuda: the device's number in CUDA; null for devices without, such as those of Mesa. */
  readonly cudaIndex: number | null;
  /** EGL_EXT_device_persistent_id: 32 hexadecimal digits; null if the driver does not report it. */
  readonly uuid: string | null;
}

/** The devices to try, best first, and why, as a sentence for `doctor`. */
export interface GpuChoice<Device> {
  readonly devices: readonly Device[];
  readonly reason: string;
  /** Whether a GPU was given to this process, and no device could be identified as it. */
  readonly isUncertain: boolean;
}

/**
 * Variables with the GPUs of a process, most specific first. Those of Slurm have the numbers on the node, also where control groups
 * hide other GPUs and CUDA counts only the rest.
 */
const VARIABLES = ["SLURM_STEP_GPUS", "SLURM_JOB_GPUS", "CUDA_VISIBLE_DEVICES"] as const;

/** Values of CUDA_VISIBLE_DEVICES that hide all GPUs. Slurm sets the first one for a job that requested none. */
const NO_GPU = /^(NoDevFiles|-1|)$/;

/**
 * Orders the EGL devices by the environment of the batch system. EGL itself ignores it and lists all GPUs, so that without this the
 * first one, of another user's job, would be used.
 */
export function chooseGpu<Device extends GpuIdentity>(
  devices: readonly Device[],
  env: Environment,
): GpuChoice<Device> {
  const visible = env.CUDA_VISIBLE_DEVICES;
  if (visible !== undefined && NO_GPU.test(visible.trim())) {
    return {
      devices: devices.filter(({ cudaIndex }) => cudaIndex === null),
      reason: `CUDA_VISIBLE_DEVICES=${visible} hides all NVIDIA GPUs from this process. In Slurm, request one: --gres=gpu:1`,
      isUncertain: false,
    };
  }
  const requests = VARIABLES.flatMap((name) => {
    const [first = ""] = (env[name] ?? "").split(",").map((text) => text.trim());
    return first === "" ? [] : [{ name, first }];
  });
  for (const { name, first } of requests) {
    const isGiven = matcher(first);
    const given = devices.filter(isGiven);
    if (given.length > 0) {
      const rest = devices.filter((device) => !isGiven(device));
      return { devices: [...given, ...rest], reason: `${name} selects GPU ${first}`, isUncertain: false };
    }
  }
  const [request] = requests;
  if (request === undefined) {
    return { devices, reason: `none of ${VARIABLES.join(", ")} is set: the first GPU`, isUncertain: false };
  }
  // Control groups hide the other GPUs and change the numbers, so that the one that is left is the given one. Devices with a number
  // come first: CUDA gives none to those that it hides.
  const ordered = [...devices].sort((a, b) => Number(a.cudaIndex === null) - Number(b.cudaIndex === null));
  return {
    devices: ordered,
    reason: `${request.name} selects GPU ${request.first}, which no EGL device names: the first GPU that opens`,
    isUncertain: devices.length > 1,
  };
}

/** Whether a device is the GPU of a number, or of a UUID such as GPU-8932f937, of which the beginning suffices. */
function matcher(gpu: string): (device: GpuIdentity) => boolean {
  if (/^\d+$/.test(gpu)) return ({ cudaIndex }) => cudaIndex === Number(gpu);
  const digits = /^GPU-([0-9a-f-]+)$/i.exec(gpu)?.[1]?.replaceAll("-", "").toLowerCase();
  return ({ uuid }) => digits !== undefined && (uuid?.startsWith(digits) ?? false);
}
