import { describe, expect, test } from "bun:test";
import { usePanel, waitForValue } from "./panel-fixture.ts";
import { PANEL } from "./panel-server.ts";

const { scene, view, panelOf, slider, button, open, openLayer, openHeading } = usePanel();

describe("controls of the panel by keyboard", () => {
  test("a slider sets a property of its layer, and a button resets it", async () => {
    await open();
    await openLayer("T1");
    await slider("Opacity").press("ArrowRight");
    await scene.last({ type: "layer", layer: "t1", change: { opacity: 0.61 } });
    const field = panelOf(view.page).getByRole("spinbutton", { name: "Opacity", exact: true });
    await waitForValue(field, "0.61");
    await field.fill("0.25");
    await field.press("Enter");
    await scene.last({ type: "layer", layer: "t1", change: { opacity: 0.25 } });
    await waitForValue(slider("Opacity"), "0.25");
    await waitForValue(slider("T1_brain_extracted_acpc.nii.gz: Opacity"), "0.25");
    await button("Opacity: reset to default").press("Enter");
    await scene.last({ type: "layer", layer: "t1", change: { opacity: null } });
    await waitForValue(slider("Opacity"), "1");
    await button("Opacity: reset to default").waitFor({ state: "detached" });
    expect(await slider("Opacity").evaluate((element) => element === document.activeElement)).toBe(true);
  });

  test("the handles of a range are sliders that stop at each other", async () => {
    await open();
    await openLayer("T1");
    await slider("Range, from").press("ArrowRight");
    await scene.last({ type: "layer", layer: "t1", change: { range: [42, 880] } });
    await slider("Range, to").press("Home");
    await scene.last({ type: "layer", layer: "t1", change: { range: [42, 42] } });
    const to = panelOf(view.page).getByRole("spinbutton", { name: "Range, to" });
    await waitForValue(to, "42");
    await to.fill("2000");
    await to.press("Enter");
    await scene.last({ type: "layer", layer: "t1", change: { range: [42, 2000] } });
  });

  test("a colormap is chosen among previews, and reversed", async () => {
    await open();
    await openLayer("T1");
    await button("Colormap: gray").press("Enter");
    await panelOf(view.page).getByRole("radio", { name: "gray" }).press("ArrowUp");
    await scene.last({ type: "layer", layer: "t1", change: { colormap: "magma" } });
    await button("Colormap: reversed").press(" ");
    await scene.last({ type: "layer", layer: "t1", change: { colormap: "magma-r" } });
    await button("Colormap: magma-r").waitFor();
    const preview = await button("Colormap: magma-r")
      .locator(".preview")
      .evaluate((element) => getComputedStyle(element).backgroundImage);
    expect(preview).toStartWith("linear-gradient(to right, rgb(252, 253, 191)");
  });

  test("colors, choices, texts, lists of numbers and overlays set properties", async () => {
    await open();
    await openLayer("lh.pial");
    const color = panelOf(view.page).getByRole("textbox", { name: "Color, as text" });
    await color.fill("tomato");
    await color.press("Enter");
    await scene.last({ type: "layer", layer: "brain", change: { color: "tomato" } });
    await waitForValue(panelOf(view.page).getByLabel("Color", { exact: true }), "#ff6347");
    await openHeading("lh.thickness");
    await slider("Range, to").press("End");
    await scene.last({
      ...{ type: "layer", layer: "brain" },
      change: { overlays: [{ id: "thickness", file: "lh.thickness", range: [1, 5] }] },
    });
    await openLayer("lh.pial");
    await openLayer("T1");
    await panelOf(view.page).getByRole("radio", { name: "blocks" }).press(" ");
    await scene.last({ type: "layer", layer: "t1", change: { interpolation: "blocks" } });
    for (const [name, value] of [
      ["x", "1"],
      ["y", "2"],
      ["z", "3"],
      ["radius", "4"],
    ] as const) {
      await panelOf(view.page)
        .getByRole("spinbutton", { name: `Sphere: ${name} (mm)` })
        .fill(value);
      await view.page.keyboard.press("Tab");
    }
    await scene.last({ type: "layer", layer: "t1", change: { sphere: [1, 2, 3, 4] } });
  });

  test("slices are shown and moved", async () => {
    await open();
    await openLayer("T1");
    await openHeading("Slices");
    const layer = { type: "layer", layer: "t1" } as const;
    await slider("Slices: y").press("ArrowRight");
    await scene.last({ ...layer, change: { slice: "x=0,y=-17" } });
    await panelOf(view.page).getByRole("switch", { name: "Slices: z, shown" }).press(" ");
    await scene.last({ ...layer, change: { slice: "x=0,y=-17,z" } });
    const z = panelOf(view.page).getByRole("spinbutton", { name: "Slices: z (mm)" });
    await z.fill("12.5");
    await z.press("Enter");
    await scene.last({ ...layer, change: { slice: "x=0,y=-17,z=12.5" } });
    await panelOf(view.page).getByRole("switch", { name: "Slices: x, shown" }).press(" ");
    await scene.last({ ...layer, change: { slice: "y=-17,z=12.5" } });
  });

  test("clip planes are added, turned, moved and removed", async () => {
    await open();
    await openHeading("Clip planes");
    const set = (clipPlanes: string | null) => scene.last({ type: "scene", patch: { view: { clipPlanes } } });
    await button("Clip planes: add one across x").press("Enter");
    await scene.last({ type: "scene", patch: { view: { clipPlanes: "x=0", clipHandles: true } } });
    await slider("Clip planes: 1").press("End");
    await set("x=90");
    await button("Clip planes: 1, flip").press("Enter");
    await set("-x=90");
    await scene.patch({ view: { clipPlanes: "z=18;1,1,0,5" } });
    const oblique = panelOf(view.page).getByRole("textbox", { name: "Clip planes: 2" });
    await oblique.fill("1,1,0,7");
    await oblique.press("Enter");
    await set("z=18;1,1,0,7");
    await button("Clip planes: 1, remove").press("Enter");
    await set("1,1,0,7");
    await button("Clip planes: 1, remove").press("Enter");
    await set(null);
  });

  test("actions of a layer zoom to it, spread its colors over all values, and reset its properties", async () => {
    await open();
    await openLayer("T1");
    await button("Zoom to T1_brain_extracted_acpc.nii.gz").press("Enter");
    await scene.last({ type: "focus", layer: "t1" });
    await button("Range of all values").press("Enter");
    await scene.last({ type: "layer", layer: "t1", change: { range: [0, 1200] } });
    await waitForValue(slider("Range, to"), "1200");
    // There is nothing more that it could change.
    await panelOf(view.page).getByRole("button", { name: "Range of all values", disabled: true }).waitFor();
    await button("Reset all properties").press(" ");
    await scene.last({ type: "layer", layer: "t1", change: { opacity: null, range: null, colormap: null } });
    await waitForValue(slider("Opacity"), "1");
    await waitForValue(slider("Range, to"), "880");
    const reset = panelOf(view.page).getByRole("button", { name: "Reset all properties", disabled: true });
    await reset.waitFor();
    expect(await reset.evaluate((element) => element === document.activeElement)).toBe(true);
  });

  test("layers are hidden, and moved by buttons", async () => {
    await open();
    await panelOf(view.page).getByRole("switch", { name: "Show lh.pial" }).press(" ");
    await scene.last({ type: "layer", layer: "brain", change: { visible: false } });
    await panelOf(view.page).getByRole("switch", { name: "Show lh.pial", checked: false }).waitFor();
    await openLayer("lh.pial");
    await button("Move lh.pial down").press("Enter");
    await view.page.waitForFunction(() => document.querySelector(".layer-name")?.textContent?.includes("T1"));
    expect(await button("Move lh.pial down").evaluate((element) => element === document.activeElement)).toBe(
      true,
    );
    // The page shows the order before the server has it.
    await scene.last({ type: "order", layers: ["t1", "brain"] });
    const [first, second] = scene.document.layers as { id: string; visible?: boolean }[];
    expect([first?.id, second?.id, second?.visible]).toEqual(["t1", "brain", false]);
  });

  test("the view has buttons for the sides, and time steps are played", async () => {
    await open();
    await button("top").press("Enter");
    await scene.last({ type: "scene", patch: { view: { view: "top" } } });
    await panelOf(view.page).getByRole("switch", { name: "Axes" }).press(" ");
    await scene.last({ type: "scene", patch: { view: { axes: true } } });
    await button("reset").press("Enter");
    await view.renderer.event("keyDown" as never);
    await button("Next step").press("Enter");
    await scene.last({ type: "scene", patch: { time: 1 } });
    await slider("Step").press("End");
    await scene.last({ type: "scene", patch: { time: 4 } });
    await button("Play").press("Enter");
    await scene.last({ type: "play", isPlaying: true, speed: 10 });
    await button("Stop").waitFor();
  });

  test("controls of a program and its actions are sent by their name", async () => {
    await open();
    await slider("Threshold").press("End");
    await scene.last({ type: "control", control: "threshold", value: 1000 });
    await panelOf(view.page).getByRole("combobox", { name: "Species" }).selectOption("CO2");
    await scene.last({ type: "control", control: "species", value: "co2" });
    await panelOf(view.page).getByRole("switch", { name: "Live" }).press(" ");
    await scene.last({ type: "control", control: "live", value: false });
    await button("Recompute").press("Enter");
    await scene.last({ type: "control", control: "recompute" });
    const note = panelOf(view.page).getByRole("textbox", { name: "Note" });
    await note.fill("");
    await note.press("Enter");
    await scene.last({ type: "control", control: "note", value: "" });
    // The program sets values, too.
    view.server.setControlValues({ note: "run 5", threshold: 0.001 });
    await waitForValue(note, "run 5");
    await waitForValue(slider("Threshold"), "0");
    // A new description has new values.
    view.server.setPanel({
      ...PANEL,
      program: [{ type: "boolean", name: "live", label: "Live", value: true }],
    });
    await panelOf(view.page).getByRole("switch", { name: "Live", checked: true }).waitFor();
    expect(await note.count()).toBe(0);
  });
});
