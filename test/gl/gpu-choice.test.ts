import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { Egl } from "../../src/gl/egl.ts";
import { chooseGpu } from "../../src/gl/gpu-choice.ts";
import { TemporaryDirectory } from "../support/temporary-directory.ts";

const gpu = (name: string, cudaIndex: number | null, uuid: string | null = null) => ({
  name,
  cudaIndex,
  uuid,
});

// EGL's order need not be CUDA's.
const NODE = [
  gpu("c", 2, "cc00000000000000000000000000000c"),
  gpu("a", 0, "aa00000000000000000000000000000a"),
  gpu("b", 1, "bb00000000000000000000000000000b"),
  gpu("intel", null),
];

function choice(env: Record<string, string>, devices = NODE) {
  const { devices: chosen, ...rest } = chooseGpu(devices, env);
  return { names: chosen.map(({ name }) => name).join(" "), ...rest };
}

describe("the GPU of a process", () => {
  test.each([
    [{}, "c a b intel"],
    [{ SLURM_JOB_GPUS: "1" }, "b c a intel"],
    [{ SLURM_JOB_GPUS: "1,2", SLURM_STEP_GPUS: "2" }, "c a b intel"],
    // Control groups number the visible GPU 0; on the node it is 1.
    [{ SLURM_JOB_GPUS: "1", CUDA_VISIBLE_DEVICES: "0" }, "b c a intel"],
    [{ CUDA_VISIBLE_DEVICES: "0,1" }, "a c b intel"],
    [{ CUDA_VISIBLE_DEVICES: "GPU-bb000000-0000-0000-0000-00000000000b" }, "b c a intel"],
    [{ CUDA_VISIBLE_DEVICES: "GPU-AA" }, "a c b intel"],
  ])("with %p, the devices are tried in the order %s", (env, names) => {
    expect(choice(env)).toMatchObject({ names, isUncertain: false });
  });

  test("is the only one that control groups leave visible, whatever its number", () => {
    const visible = [gpu("b", 0)];
    expect(choice({ SLURM_JOB_GPUS: "1" }, visible)).toMatchObject({ names: "b", isUncertain: false });
  });

  test("of which the driver names none is uncertain, and those that CUDA hides come last", () => {
    for (const env of [
      { CUDA_VISIBLE_DEVICES: "7" },
      { CUDA_VISIBLE_DEVICES: "MIG-GPU-aa/1/0" },
      { CUDA_VISIBLE_DEVICES: "GPU-ff" },
    ]) {
      expect(choice(env, [gpu("hidden", null), gpu("visible", 0)])).toMatchObject({
        names: "visible hidden",
        isUncertain: true,
      });
    }
  });

  test.each(["NoDevFiles", "", "-1"])("is no NVIDIA GPU with CUDA_VISIBLE_DEVICES=%p", (value) => {
    const { names, reason } = choice({ CUDA_VISIBLE_DEVICES: value });
    expect(names).toBe("intel");
    expect(reason).toContain("--gres=gpu:1");
  });

  test("is identified by what EGL reports of its devices", () => {
    using folder = new TemporaryDirectory();
    const library = `${folder.path}/libEGL.so`;
    const source = join(import.meta.dir, "fixtures/fake_egl.c");
    expect(Bun.spawnSync(["gcc", "-shared", "-fPIC", "-o", library, source]).stderr.toString()).toBe("");
    const found = new Egl(library).devices().map(({ cudaIndex, uuid }) => ({ cudaIndex, uuid }));
    expect(found).toEqual([
      { cudaIndex: 1, uuid: "a0".repeat(16) },
      { cudaIndex: 0, uuid: "a1".repeat(16) },
      { cudaIndex: null, uuid: null },
      { cudaIndex: null, uuid: null },
    ]);
    expect(chooseGpu(found, { SLURM_JOB_GPUS: "0" }).devices[0]?.uuid).toBe("a1".repeat(16));
  });
});
