import { Group } from "three";
import type { Actor } from "../actors/actor.ts";
import { disposeObject } from "../actors/dispose-object.ts";
import { setLayerOrder } from "../actors/layer-order.ts";
import type { FileSteps } from "../formats/data-kinds.ts";

/**
 * An actor of a file with several time steps, of which one is in memory: another one is read when it is shown, and replaces the one before.
 *
 * @param first actor of the step that is shown first
 * @param load reads a step
 */
export function steppedActor(first: Actor, steps: FileSteps, load: (step: number) => Promise<Actor>): Actor {
  const object = new Group();
  object.add(first.object);
  let current = first;
  let shown = 0;
  let wanted = 0;
  let queue = Promise.resolve();
  const replace = async (step: number): Promise<void> => {
    // Latest wins: steps that were requested and left before they were read are skipped.
    if (step !== wanted || step === shown) return;
    const next = await load(step);
    object.remove(current.object);
    disposeObject(current.object);
    setLayerOrder(next.object, object.renderOrder);
    object.add(next.object);
    current = next;
    shown = step;
  };
  const show = (step: number): Promise<void> => {
    wanted = step;
    const result = queue.then(() => replace(step));
    queue = result.catch(() => {});
    return result;
  };
  return {
    ...first,
    update: undefined,
    object,
    time: { count: steps.count, seconds: steps.seconds, show },
    pick: first.pick && ((query, hit) => current.pick?.(query, hit)),
    factsAt: first.factsAt && ((point) => current.factsAt?.(point)),
  };
}
