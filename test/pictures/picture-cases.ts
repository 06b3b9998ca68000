import { join, resolve } from "node:path";
import { bindLayerOptions } from "../../src/cli/layer-options.ts";
import { buildProgram } from "../../src/cli/program.ts";
import { documentOfArguments } from "../../src/cli/scene-arguments.ts";
import { viewValuesFrom } from "../../src/cli/view-options.ts";
import { cameraSchema } from "../../src/protocol/camera-state.ts";
import { loadShow } from "../../src/scene/load-show.ts";
import type { ShowManager } from "../../src/scene/show-manager.ts";
import type { Snapshot } from "../../src/scene/show-options.ts";
import CASES from "./cases.json" with { type: "json" };

/** Names of the reference pictures, in the order of docs/pictures.md. */
export const PICTURE_NAMES = Object.keys(CASES) as (keyof typeof CASES)[];

/** Width and height of the pictures, px. */
export const PICTURE_SIZE = [320, 240] as const;

const FILES = join(import.meta.dir, "files");

/**
 * Renders the picture of a case as `scenecast render` does with its arguments and its camera.
 *
 * @param show perspective for the first case, since a camera without `parallelScale` does not change that
 * @param text other arguments than those of the case
 */
export async function renderCase(
  show: ShowManager,
  name: keyof typeof CASES,
  text = CASES[name].arguments,
): Promise<Snapshot> {
  const { camera } = CASES[name];
  const command = buildProgram().commands.find((candidate) => candidate.name() === "render");
  if (command === undefined) throw new Error("there is no command render");
  const { args, styles } = bindLayerOptions(command, text.split(" "));
  const { operands } = command.parseOptions(args);
  const files = operands.map((file) => resolve(FILES, file));
  const given = viewValuesFrom(command, ["cli"]);
  const scene = await loadShow(show, await documentOfArguments(files, { styles, given }), { drafts: false });
  show.cameraState = cameraSchema.parse({ viewAngle: 30, ...camera });
  show.render({ samples: 4 });
  const picture = show.snapshot();
  scene.remove();
  return picture;
}
