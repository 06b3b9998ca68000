import { beforeEach, describe, expect, test } from "bun:test";
import type { Locator, Page } from "playwright-core";
import { startServer } from "../../src/page-server.ts";
import { waitForMessage, waitForView } from "./page-assertions.ts";
import { PANEL, PanelScene } from "./panel-server.ts";
import { useView } from "./view-fixture.ts";

const scene = new PanelScene();
const view = useView({
  server: { scene, commands: scene, token: "control-token", viewToken: "view-token" },
});

beforeEach(() => {
  scene.reset();
  view.server.setPanel(PANEL);
});

const panelOf = (page: Page) => page.getByRole("complementary", { name: "Panel" });
const slider = (name: string, page = view.page) => panelOf(page).getByRole("slider", { name, exact: true });
const button = (name: string, page = view.page) => panelOf(page).getByRole("button", { name, exact: true });

async function open(page = view.page, token = "control-token"): Promise<void> {
  await page.goto(`${view.server.url.replace(/\?.*/, "")}?token=${token}`);
  await waitForView(page);
  await panelOf(page).getByRole("list").first().waitFor();
}

/** Opens a layer's properties. */
async function openLayer(name: string, page = view.page): Promise<void> {
  await page.locator(".layer-name").filter({ hasText: name }).click();
}

async function openHeading(name: string): Promise<void> {
  await view.page.locator("summary").filter({ hasText: name }).press("Enter");
}

/** Waits until a control has this value. */
async function waitForValue(control: Locator, value: string): Promise<void> {
  const page = control.page();
  const element = await control.elementHandle();
  await page.waitForFunction(([element, value]) => (element as HTMLInputElement | null)?.value === value, [
    element,
    value,
  ] as const);
}

describe("the panel", () => {
  test("is opened and closed by its button and by a key, and the picture has the rest of the window", async () => {
    await open();
    const width = () => view.page.locator("#stage").evaluate((stage) => stage.clientWidth);
    expect(await width()).toBe(500);
    const toggle = view.page.getByRole("button", { name: "Panel", exact: true });
    expect(await toggle.getAttribute("aria-expanded")).toBe("true");
    await toggle.click();
    await panelOf(view.page).waitFor({ state: "hidden" });
    expect(await width()).toBe(800);
    expect(await toggle.getAttribute("aria-expanded")).toBe("false");
    await view.page.keyboard.press("p");
    await panelOf(view.page).waitFor();
    await view.page.keyboard.press("Escape");
    await panelOf(view.page).waitFor({ state: "hidden" });
    expect(await toggle.evaluate((element) => element === document.activeElement)).toBe(true);
    // A browser remembers it.
    await view.page.reload();
    await waitForView(view.page);
    expect(await panelOf(view.page).isHidden()).toBe(true);
    expect(view.consoleMessages).toEqual([]);
  });

  test("stays closed without controls of a program until it is opened, and a server without one has no button", async () => {
    view.server.setPanel({ ...PANEL, program: [] });
    await view.page.goto(view.server.url);
    await waitForView(view.page);
    expect(await panelOf(view.page).isHidden()).toBe(true);
    await view.page.getByRole("button", { name: "Panel", exact: true }).waitFor();
    await view.restart({});
    await view.page.goto(view.server.url);
    await waitForView(view.page);
    expect(await view.page.getByRole("button", { name: "Panel", exact: true }).count()).toBe(0);
    // The key is the renderer's then.
    await view.page.keyboard.press("p");
    expect(await view.renderer.event("keyDown" as never)).toMatchObject({ key: "p" });
  });

  test("names its sections and controls for screen readers", async () => {
    await open();
    await openLayer("T1");
    expect(await panelOf(view.page).ariaSnapshot()).toMatchSnapshot();
    expect(await slider("Threshold").getAttribute("aria-valuetext")).toBe("1 mg/l");
    expect(await slider("Range, to").getAttribute("aria-valuetext")).toBe("880");
    expect(await slider("Step").getAttribute("aria-valuetext")).toBe("0 s, 1 of 5");
  });

  test("is drawn after the first frame", async () => {
    await view.page.addInitScript(() => localStorage.setItem("scenecast.panel.open", "1"));
    await view.server.stop();
    view.server = await startServer({ port: 0, scene, commands: scene });
    view.server.setPanel(PANEL);
    await view.page.goto(view.server.url);
    await panelOf(view.page).waitFor();
    expect(await view.page.locator("#panel-content").evaluate((content) => content.childElementCount)).toBe(
      0,
    );
    view.server.attach(view.renderer.names);
    await panelOf(view.page).getByRole("list").first().waitFor();
  });

  test("is not drawn again while nothing changes", async () => {
    const socket = view.page.waitForEvent("websocket");
    await open();
    const mutations = await view.page.evaluateHandle(() => {
      const seen: string[] = [];
      const panel = document.querySelector("#panel");
      if (panel === null) throw new Error("no panel");
      new MutationObserver((records) => seen.push(...records.map(({ type }) => type))).observe(panel, {
        ...{ subtree: true, childList: true, attributes: true, characterData: true },
      });
      return seen;
    });
    const frames = () => view.page.evaluate(() => (window as { drawn?: number }).drawn ?? 0);
    await view.page.evaluate(() => {
      const original = window.requestAnimationFrame.bind(window);
      window.requestAnimationFrame = (callback) => {
        (window as { drawn?: number }).drawn = ((window as { drawn?: number }).drawn ?? 0) + 1;
        return original(callback);
      };
    });
    // The page sends one every two seconds, and updates its status every half second.
    await (await socket).waitForEvent("framesent", ({ payload }) => String(payload).includes('"ping"'));
    expect(await frames()).toBe(0);
    // The same values again change no element.
    scene.onChange();
    await view.page.waitForFunction(() => ((window as { drawn?: number }).drawn ?? 0) > 0);
    expect(await mutations.jsonValue()).toEqual([]);
  });
});

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

describe("changes in the panel", () => {
  test("a dragged slider shows each value at once, has one command in flight, and then sends the newest value", async () => {
    await open();
    scene.hold();
    const control = slider("T1_brain_extracted_acpc.nii.gz: Opacity");
    const box = await control.boundingBox();
    if (box === null) throw new Error("The slider is not visible.");
    const y = box.y + box.height / 2;
    await view.page.mouse.move(box.x + box.width * 0.6, y);
    await view.page.mouse.down();
    for (let x = 0; x < 20; x++) await view.page.mouse.move(box.x + x, y);
    await view.page.mouse.move(box.x + box.width, y);
    await view.page.mouse.up();
    expect(await control.inputValue()).toBe("1");
    await scene.until(() => scene.commands.length > 0);
    expect(scene.commands).toHaveLength(1);
    scene.release();
    await scene.last({ type: "layer", layer: "t1", change: { opacity: 1 } });
    expect(scene.commands).toHaveLength(2);
    expect(await control.inputValue()).toBe("1");
  });

  test("a range is dragged by the handle that is nearest to the pointer", async () => {
    await open();
    await openLayer("T1");
    const box = await panelOf(view.page).getByRole("group", { name: "Range" }).boundingBox();
    if (box === null) throw new Error("The range is not visible.");
    await view.page.mouse.move(box.x + box.width * 0.6, box.y + 20);
    await view.page.mouse.down();
    await view.page.mouse.move(box.x - 50, box.y + 20, { steps: 4 });
    await view.page.mouse.up();
    await scene.last({ type: "layer", layer: "t1", change: { range: [40, 40] } });
  });

  test("a layer is moved by dragging its grip", async () => {
    await open();
    const grips = view.page.locator(".grip");
    const [from, to] = [await grips.nth(0).boundingBox(), await grips.nth(1).boundingBox()];
    if (from === null || to === null) throw new Error("The grips are not visible.");
    await view.page.mouse.move(from.x + 5, from.y + 10);
    await view.page.mouse.down();
    await view.page.mouse.move(to.x + 5, to.y + 25, { steps: 3 });
    await view.page.mouse.up();
    await scene.until(() => (scene.document.layers as { id: string }[])[0]?.id === "t1");
    expect((scene.document.layers as { id: string }[]).map(({ id }) => id)).toEqual(["t1", "brain"]);
  });

  test("a refused change shows the old value again and says why", async () => {
    await open();
    scene.refusal = "The scene would not be valid: opacity must be a number from 0 to 1.";
    const control = slider("T1_brain_extracted_acpc.nii.gz: Opacity");
    await control.press("End");
    await waitForMessage(view.page, "opacity must be a number from 0 to 1");
    await waitForValue(control, "0.6");
  });

  test("changes by another viewer appear, except in the control that is being dragged", async () => {
    await open();
    const other = await view.browserContext.newPage();
    await open(other);
    const name = "T1_brain_extracted_acpc.nii.gz: Opacity";
    await slider(name, other).press("End");
    await waitForValue(slider(name), "1");
    const box = await slider(name).boundingBox();
    if (box === null) throw new Error("The slider is not visible.");
    await view.page.mouse.move(box.x + box.width - 6, box.y + box.height / 2);
    await view.page.mouse.down();
    await view.page.mouse.move(box.x + 6, box.y + box.height / 2);
    await scene.last({ type: "layer", layer: "t1", change: { opacity: 0 } });
    await waitForValue(slider(name, other), "0");
    await slider(name, other).press("End");
    await scene.last({ type: "layer", layer: "t1", change: { opacity: 1 } });
    // The next change of another property arrives after this one.
    await panelOf(other).getByRole("switch", { name: "Axes" }).press(" ");
    await panelOf(view.page).getByRole("switch", { name: "Axes", checked: true }).waitFor();
    expect(await slider(name).inputValue()).toBe("0");
    await view.page.mouse.up();
    await waitForValue(slider(name), "1");
    await other.close();
  });

  test("a text that is being typed stays when the value changes meanwhile", async () => {
    await open();
    const field = panelOf(view.page).getByRole("textbox", { name: "Background, as text" });
    await field.pressSequentially("whi");
    await scene.patch({ view: { background: "black", axes: true } });
    await panelOf(view.page).getByRole("switch", { name: "Axes", checked: true }).waitFor();
    expect(await field.inputValue()).toBe("whi");
    await field.press("Escape");
    await waitForValue(field, "black");
    await field.fill("white");
    await field.press("Enter");
    await scene.last({ type: "scene", patch: { view: { background: "white" } } });
  });

  test("who may not steer sees the values, with controls that are disabled and the reason", async () => {
    await open(view.page, "view-token");
    await openLayer("T1");
    await panelOf(view.page).getByText("View only: you can see these values, and not change them.").waitFor();
    expect(await slider("Opacity").inputValue()).toBe("0.6");
    const enabled = panelOf(view.page).locator("input:enabled, select:enabled, [role=switch]:enabled");
    expect(await enabled.count()).toBe(0);
    expect(await button("front").isDisabled()).toBe(true);
  });

  test("controls are disabled while the server is away", async () => {
    await open();
    await view.server.stop();
    await panelOf(view.page).locator("fieldset:disabled").first().waitFor();
    expect(await panelOf(view.page).getByText("View only").count()).toBe(0);
  });
});

describe("the panel in narrow windows", () => {
  test("it leaves half of the picture visible, and nothing is cut off", async () => {
    await view.page.addInitScript(() => localStorage.setItem("scenecast.panel.open", "1"));
    await open();
    await openLayer("T1");
    for (const [width, height] of [
      [320, 640],
      [390, 844],
      [640, 400],
      [844, 390],
    ] as const) {
      await view.page.setViewportSize({ width, height });
      const stage = await view.page.locator("#stage").boundingBox();
      expect((stage?.width ?? 0) * (stage?.height ?? 0)).toBeGreaterThanOrEqual((width * height) / 2);
      const overflowing = await view.page
        .locator("#panel-content")
        .evaluate((content) => content.scrollWidth - content.clientWidth);
      expect(overflowing).toBe(0);
      const controls = await view.page.locator("#controls").boundingBox();
      expect(controls?.x).toBeGreaterThanOrEqual(0);
      expect((controls?.x ?? 0) + (controls?.width ?? 0)).toBeLessThanOrEqual(width);
    }
  });

  test("the sheet's height is changed by keyboard and by dragging, up to half of the window", async () => {
    await view.page.addInitScript(() => localStorage.setItem("scenecast.panel.open", "1"));
    await view.page.setViewportSize({ width: 390, height: 800 });
    await open();
    const handle = view.page.getByRole("separator", { name: "Height of the panel" });
    const height = async () => (await view.page.locator("#panel").boundingBox())?.height;
    await handle.press("Home");
    expect(await height()).toBe(120);
    await handle.press("ArrowUp");
    expect(await handle.getAttribute("aria-valuenow")).toBe("20");
    const box = await handle.boundingBox();
    await view.page.mouse.move(150, (box?.y ?? 0) + 10);
    await view.page.mouse.down();
    await view.page.mouse.move(150, 10, { steps: 3 });
    await view.page.mouse.up();
    expect(await height()).toBe(400);
  });
});
