import { describe, expect, test } from "bun:test";
import type { RendererCommand } from "../../src/protocol/commands.ts";
import { toFolders } from "../../src/web/panel/control-folders.ts";
import {
  defaultStep,
  formatNumber,
  LOGARITHMIC_POSITIONS,
  logarithmicPosition,
  logarithmicValue,
  roundToStep,
} from "../../src/web/panel/format-value.ts";
import { PanelState } from "../../src/web/panel/panel-state.ts";
import { PANEL } from "./panel-server.ts";

/** A state whose commands are answered by the test. */
function makeState() {
  const commands: RendererCommand[] = [];
  const answers: PromiseWithResolvers<void>[] = [];
  const refused: unknown[] = [];
  const state = new PanelState({
    execute: (command) => {
      commands.push(command);
      const answer = Promise.withResolvers<void>();
      answers.push(answer);
      return answer.promise;
    },
    onRefused: (error) => refused.push(error),
    onChange: () => undefined,
  });
  state.commands = ["layer", "order", "scene", "play", "control"];
  state.setPanel(PANEL);
  state.setDocument({
    layers: [
      { id: "a", file: "a", opacity: 0.5 },
      { id: "b", file: "b", overlays: [{ id: "o", file: "o" }] },
    ],
    view: {},
  });
  return { state, commands, answers, refused };
}

/** Lets the promises that are settled run their callbacks. */
const settle = () => Bun.sleep(0);

describe("changes of the panel's state", () => {
  test("changes of a target are merged while one is in flight; other targets do not wait", async () => {
    const { state, commands, answers } = makeState();
    const layer = state.layer("a");
    for (let i = 0; i < 100; i++) layer.set("opacity", i / 100);
    layer.set("color", "red");
    state.view.set("axes", true);
    expect(commands).toEqual([
      { type: "layer", layer: "a", change: { opacity: 0 } },
      { type: "scene", patch: { view: { axes: true } } },
    ]);
    expect([layer.value("opacity"), layer.value("color")]).toEqual([0.99, "red"]);
    answers[0]?.resolve();
    await settle();
    expect(commands.slice(2)).toEqual([
      { type: "layer", layer: "a", change: { opacity: 0.99, color: "red" } },
    ]);
    expect([layer.value("opacity"), layer.value("color")]).toEqual([0.99, "red"]);
  });

  test("documents from before a change do not show the old value again", async () => {
    const { state, answers } = makeState();
    const layer = state.layer("a");
    layer.set("opacity", 0.7);
    state.setDocument({ layers: [{ id: "a", file: "a", opacity: 0.5, edges: true }] });
    expect([layer.value("opacity"), layer.value("edges")]).toEqual([0.7, true]);
    answers[0]?.resolve();
    await settle();
    expect(layer.value("opacity")).toBe(0.7);
    state.setDocument({ layers: [{ id: "a", file: "a", opacity: 0.2 }] });
    expect(layer.value("opacity")).toBe(0.2);
  });

  test("a refused change shows the old value and reports the reason; a newer change is sent all the same", async () => {
    const { state, commands, answers, refused } = makeState();
    const layer = state.layer("a");
    layer.set("opacity", 7);
    layer.set("color", "red");
    const error = new Error("opacity must be a number from 0 to 1");
    answers[0]?.reject(error);
    await settle();
    expect(refused).toEqual([error]);
    expect(layer.value("opacity")).toBe(0.5);
    expect(commands.at(-1)).toEqual({ type: "layer", layer: "a", change: { color: "red" } });
  });

  test("after the connection was closed, answers of its commands change nothing", async () => {
    const { state, commands, answers, refused } = makeState();
    state.layer("a").set("opacity", 1);
    state.layer("a").set("opacity", 0);
    state.reset();
    expect([state.layer("a").value("opacity"), state.layer("a").canSet]).toEqual([0.5, false]);
    answers[0]?.reject(new Error("The connection was lost."));
    await settle();
    expect(commands).toHaveLength(1);
    expect(refused).toEqual([]);
  });

  test("null is the default, and a changed order or overlay keeps what is under way", async () => {
    const { state, commands } = makeState();
    state.layer("a").set("opacity", null);
    expect(state.layer("a").value("opacity")).toBeUndefined();
    state.overlay("b", "o").set("opacity", 0.3);
    expect(commands.at(-1)).toEqual({
      ...{ type: "layer", layer: "b" },
      change: { overlays: [{ id: "o", file: "o", opacity: 0.3 }] },
    });
    state.moveLayer("a", 1);
    expect(state.layerOrder).toEqual(["b", "a"]);
    expect(commands.at(-1)).toEqual({ type: "order", layers: ["b", "a"] });
  });

  test("values of a program are those that it has set last", async () => {
    const { state, answers } = makeState();
    const { program } = state;
    program.set("threshold", 5);
    answers[0]?.resolve();
    await settle();
    expect(program.value("threshold")).toBe(5);
    state.setValues({ threshold: 4 });
    expect(program.value("threshold")).toBe(4);
    state.setPanel(PANEL);
    expect(program.value("threshold")).toBeUndefined();
  });

  test("names of a prototype's properties have no values", () => {
    const { state } = makeState();
    for (const name of ["constructor", "__proto__", "toString"]) {
      expect(state.layer("a").value(name)).toBeUndefined();
      expect(state.program.value(name)).toBeUndefined();
    }
  });
});

describe("values of the panel", () => {
  test("numbers have six digits, and steps are round", () => {
    expect(formatNumber(0.1 + 0.2)).toBe("0.3");
    expect(formatNumber(1234567.8)).toBe("1234570");
    expect([1, 100, 255, 0.003].map(defaultStep)).toEqual([0.01, 1, 2, 0.00002]);
    expect(roundToStep(0.30000000000000004, 0, 0.1)).toBe(0.3);
    expect(roundToStep(-17.4, -90, 0.5)).toBe(-17.5);
  });

  test("a logarithmic slider reaches its limits and has the same share of positions for each decade", () => {
    const limits = { min: 0.001, max: 1000, step: undefined };
    expect(logarithmicPosition(1, 0.001, 1000)).toBe(LOGARITHMIC_POSITIONS / 2);
    expect(logarithmicValue(0, limits)).toBe(0.001);
    expect(logarithmicValue(LOGARITHMIC_POSITIONS / 2, limits)).toBe(1);
    expect(logarithmicValue(LOGARITHMIC_POSITIONS, limits)).toBe(1000);
    expect(logarithmicValue(250, { min: 1, max: 1000, step: 1 })).toBe(32);
    expect(logarithmicPosition(-1, 0.001, 1000)).toBe(0);
  });

  test("controls are grouped by folders in their order", () => {
    const control = (name: string, ...folder: string[]) =>
      ({ type: "boolean", name, label: name, folder }) as const;
    const root = toFolders(
      [control("1", "a"), control("2"), control("3", "a", "b"), control("4", "a")].map((each) => ({
        ...each,
        folder: [...each.folder],
      })),
    );
    expect(root.controls.map(({ name }) => name)).toEqual(["2"]);
    expect(root.folders.map(({ name, controls }) => [name, controls.map((each) => each.name)])).toEqual([
      ["a", ["1", "4"]],
    ]);
    expect(root.folders[0]?.folders[0]?.name).toBe("b");
  });
});
