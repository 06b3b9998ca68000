import { afterAll, beforeAll } from "bun:test";
import { type LoadedScene, loadScene } from "../../src/scene/load-scene.ts";
import { TemporaryDirectory } from "../support/temporary-directory.ts";

export interface SceneFiles {
  /** Path of the directory. */
  readonly path: string;
  /** Writes a file and returns its path. */
  write(name: string, content: string | Uint8Array): string;
  /** Writes a file and loads it as a scene. */
  load(name: string, content: string | Uint8Array): Promise<LoadedScene>;
}

/** A temporary directory for scene files; it is removed after the tests of the calling file. */
export function sceneFiles(): SceneFiles {
  let directory: TemporaryDirectory;
  beforeAll(() => {
    directory = new TemporaryDirectory();
  });
  afterAll(() => directory[Symbol.dispose]());
  return {
    get path() {
      return directory.path;
    },
    write: (name, content) => directory.write(name, content),
    load: (name, content) => loadScene(directory.write(name, content)),
  };
}
