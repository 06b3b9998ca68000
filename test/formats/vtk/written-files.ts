import { afterAll, beforeAll, expect, test } from "bun:test";
import type { FileData, Mesh } from "../../../src/formats/data-kinds.ts";
import { TemporaryDirectory } from "../../support/temporary-directory.ts";
import { readFile } from "./vtk-peer.ts";

/** Functions that write a file, in a directory that is removed after the tests of the calling file, and read it. */
export interface WrittenFiles {
  read(content: string | Uint8Array): Promise<FileData>;
  readMesh(content: string | Uint8Array): Promise<Mesh>;
  /** Declares a test for each damaged file: that reading it is an error whose message contains a text. */
  testDamaged(
    cases: readonly (readonly [what: string, content: string | Uint8Array, message: string])[],
  ): void;
}

/** @param blockBytes size of the blocks in which files are read */
export function writtenFiles(name: string, blockBytes: number): WrittenFiles {
  let directory: TemporaryDirectory;
  beforeAll(() => {
    directory = new TemporaryDirectory();
  });
  afterAll(() => directory[Symbol.dispose]());
  const read = (content: string | Uint8Array): Promise<FileData> =>
    readFile(directory.write(name, content), blockBytes);
  return {
    read,
    async readMesh(content) {
      const data = await read(content);
      if (data.kind !== "mesh") throw new Error(`this is ${data.kind}`);
      return data;
    },
    testDamaged(cases) {
      for (const [what, content, message] of cases) {
        test(`${what}: one sentence`, async () => {
          const error = await read(content).catch((reason: unknown) => reason);
          if (!(error instanceof Error) || !/^(?:LoadError|DataError)$/.test(error.name))
            throw new Error(`read: ${error}`);
          expect(error.message).toContain(message);
        });
      }
    },
  };
}
