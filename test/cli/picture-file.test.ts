import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { chmodSync, readdirSync, readFileSync, readlinkSync, statSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { writePicture } from "../../src/cli/picture-file.ts";
import { TemporaryDirectory } from "../support/temporary-directory.ts";

let files: TemporaryDirectory;
beforeAll(() => {
  files = new TemporaryDirectory();
});
afterAll(() => files[Symbol.dispose]());

const text = (content: string) => new TextEncoder().encode(content);

function* pieces(failure?: Error): Generator<Uint8Array> {
  yield text("first ");
  if (failure) throw failure;
  yield text("second");
}

describe("writePicture", () => {
  test("a picture file has all chunks and replaces an existing file, whose permissions and symbolic links are kept", async () => {
    const target = files.write("target.png", "earlier and longer than the new one");
    chmodSync(target, 0o640);
    const link = join(files.path, "link.png");
    symlinkSync("target.png", link);
    expect(await writePicture(link, pieces())).toBe(12);
    expect(readFileSync(target, "utf8")).toBe("first second");
    expect(statSync(target).mode & 0o777).toBe(0o640);
    expect(readlinkSync(link)).toBe("target.png");
  });

  test("an error leaves no picture file, and an existing file is unchanged", async () => {
    const earlier = files.write("earlier.png", "earlier");
    const before = readdirSync(files.path);
    const failure = new Error("the driver is out of memory");
    for (const path of [earlier, join(files.path, "new.png")]) {
      expect(writePicture(path, pieces(failure))).rejects.toBe(failure);
    }
    expect(readdirSync(files.path)).toEqual(before);
    expect(readFileSync(earlier, "utf8")).toBe("earlier");
  });

  test("a full device is reported with its error code", async () => {
    await expect(writePicture("/dev/full", pieces())).rejects.toThrow(
      "Cannot write the picture to /dev/full (ENOSPC).",
    );
  });

  test.each(["SIGINT", "SIGTERM"] as const)("%s leaves no picture file", async (signal) => {
    const before = readdirSync(files.path);
    const program = `
      import { writePicture } from ${JSON.stringify(join(import.meta.dir, "../../src/cli/picture-file.ts"))};
      await writePicture(process.argv[1] + "/stopped.png", (async function* () {
        yield new Uint8Array(100);
        console.log("writing");
        await new Promise(() => setInterval(() => {}, 1000));
      })());`;
    const child = Bun.spawn([process.execPath, "-e", program, files.path], { stdout: "pipe" });
    const reader = child.stdout.getReader();
    await reader.read();
    expect(readdirSync(files.path)).not.toEqual(before);
    child.kill(signal);
    await child.exited;
    expect(child.signalCode).toBe(signal);
    expect(readdirSync(files.path)).toEqual(before);
  });
});
