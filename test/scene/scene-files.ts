import { afterAll, beforeAll } from "bun:test";
import { type LoadedScene, loadScene } from "../../src/scene/load-scene.ts";
import { TemporaryDirectory } from "../support/temporary-directory.ts";

export interface SceneFiles {
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
  const write = (name: string, content: string | Uint8Array) => directory.write(name, content);
  return { write, load: (name, content) => loadScene(write(name, content)) };
}
