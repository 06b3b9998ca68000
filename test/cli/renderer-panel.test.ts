import { expect, test } from "bun:test";
import { RendererPanel } from "../../src/cli/renderer-panel.ts";
import type { Control, PanelDescription } from "../../src/protocol/panel.ts";
import { loggedWhile } from "../support/logged.ts";
import { until } from "../support/scenecast.ts";

const BUTTON = { type: "action", name: "b", label: "Button" } satisfies Control;
const described = (view: Control[]): PanelDescription => ({ layers: [], view, program: [] });

/** A panel, the descriptions that it has sent, and a function that waits until there are this many. */
function startPanel() {
  const sent: PanelDescription[] = [];
  const panel = new RendererPanel(
    (description) => sent.push(description),
    () => [BUTTON],
  );
  const untilSent = (count: number) => until(() => sent.length === count, `${count} descriptions are sent`);
  return { panel, sent, untilSent };
}

const scene = (view: Control[]) => ({ describe: async () => described(view) });

test("descriptions are sent with the controls of the program, and again only if they have changed", async () => {
  const { panel, sent, untilSent } = startPanel();
  panel.show(scene([]));
  panel.show(scene([]));
  panel.show(scene([BUTTON]));
  await untilSent(2);
  expect(sent).toEqual([
    { ...described([]), program: [BUTTON] },
    { ...described([BUTTON]), program: [BUTTON] },
  ]);
});

test("of several changes in a row the last one is described, and none before the first picture", async () => {
  const { panel, sent, untilSent } = startPanel();
  panel.update(scene([BUTTON]));
  panel.show(scene([]));
  await untilSent(1);
  panel.update(scene([BUTTON]));
  panel.update(scene([BUTTON, BUTTON]));
  await untilSent(2);
  expect(sent.map(({ view }) => view.length)).toEqual([0, 2]);
});

test("a scene that cannot be described is logged, and the next one is described", async () => {
  const { panel, sent, untilSent } = startPanel();
  const messages = await loggedWhile(async () => {
    panel.show({ describe: () => Promise.reject(new Error("it has no bounds")) });
    panel.show(scene([]));
    await untilSent(1);
  });
  expect(messages).toEqual(["The panel cannot be described: Error: it has no bounds"]);
  expect(sent).toHaveLength(1);
});
