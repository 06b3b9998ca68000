import type { Control } from "../../protocol/panel.ts";

/** Controls below one heading, in the order of the description. */
export interface ControlFolder {
  readonly name: string;
  readonly controls: Control[];
  readonly folders: ControlFolder[];
}

/** Groups controls by their folders. */
export function toFolders(controls: readonly Control[]): ControlFolder {
  const root: ControlFolder = { name: "", controls: [], folders: [] };
  for (const control of controls) {
    let folder = root;
    for (const name of control.folder ?? []) {
      let inner = folder.folders.find((other) => other.name === name);
      if (inner === undefined) {
        inner = { name, controls: [], folders: [] };
        folder.folders.push(inner);
      }
      folder = inner;
    }
    folder.controls.push(control);
  }
  return root;
}
