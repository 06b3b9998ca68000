import { describe, expect, test } from "bun:test";
import { startServer } from "../../src/page-server.ts";
import { waitForMessage, waitForView } from "./page-assertions.ts";
import { usePanel, waitForValue } from "./panel-fixture.ts";
import { PANEL } from "./panel-server.ts";

const { scene, view, panelOf, slider, button, open, openLayer } = usePanel();

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
      // The toolbar is fitted with the next frame.
      await view.page.evaluate(
        () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))),
      );
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
