import { beforeEach, describe, expect, test } from "bun:test";
import type { Locator } from "playwright-core";
import type { Control, PanelDescription } from "../../src/protocol/panel.ts";
import { waitForView } from "./page-assertions.ts";
import { PANEL, PanelScene } from "./panel-server.ts";
import { faintTexts } from "./text-contrast.ts";
import { useView } from "./view-fixture.ts";

const scene = new PanelScene();
const view = useView({ server: { scene, commands: scene }, serverPer: "file" });

beforeEach(() => scene.reset());

async function open(panel: PanelDescription, background = "black"): Promise<void> {
  view.server.setPanel(panel);
  await view.page.goto(`${view.server.url}?background=${background}`);
  await waitForView(view.page);
  await view.page.locator("#panel .section").first().waitFor();
}

const boxOf = (locator: Locator) =>
  locator.evaluate((element) => {
    const { left, right, top, bottom, height } = element.getBoundingClientRect();
    return { left, right, top, bottom, height, middle: (top + bottom) / 2 };
  });
const row = (label: string) => view.page.locator(".row").filter({ hasText: label });

/** Two folders in each other with forty controls, some with long names. */
const FORTY: Control[] = Array.from({ length: 40 }, (_, i): Control => {
  const folder = ["Reconstruction of the diffusion signal", `Group ${Math.floor(i / 8)}`];
  const name = `control-${i}`;
  if (i % 4 === 0)
    return { type: "number", name, label: "Interpolation", folder, min: 0, max: 1, unit: "mm/s", value: 0.5 };
  if (i % 4 === 1)
    return {
      ...{ type: "choice", name, label: "Interpolation method", folder, value: "linear" },
      choices: ["nearest", "linear", "cubic"].map((value) => ({ value })),
    };
  if (i % 4 === 2)
    return { type: "action", name, label: "Compute all of it again, with the newest parameters", folder };
  return { type: "text", name, label: "Donaudampfschifffahrtsgesellschaft", folder, value: "abc".repeat(30) };
});

describe("the looks of the panel", () => {
  test.each(["black", "white"])(
    "all texts have the contrast that WCAG asks for, on %s",
    async (background) => {
      await open(PANEL, background);
      for (const name of await view.page.locator(".layer-name").all()) await name.click();
      const closed = view.page.locator("#panel details:not([open]) > summary");
      while ((await closed.count()) > 0) await closed.first().press("Enter");
      await view.page.locator("#panel .colormap").click();
      await view.page.locator(".colormaps").waitFor();
      await view.page.keyboard.press("?");
      await view.page.getByRole("dialog", { name: "Help" }).waitFor();
      expect(await faintTexts(view.page)).toEqual([]);
    },
  );

  test("a long name of a layer keeps its beginning and its end, and is whole for screen readers", async () => {
    const label = "sub-01_ses-baseline_space-T1w_desc-preproc_hemi-L_pial.surf.gii";
    const [layer] = PANEL.layers;
    if (layer === undefined) throw new Error("no layer");
    const layers = Array.from({ length: 30 }, (_, i) => ({
      ...layer,
      id: `layer-${i}`,
      label: `${i}${label}`,
    }));
    await open({ ...PANEL, layers });
    const name = view.page.getByRole("button", { name: `7${label}`, exact: true });
    const [start, end] = [name.locator(".name > span").first(), name.locator(".name > span").last()];
    expect(await end.textContent()).toBe("pial.surf.gii");
    expect(
      await end.evaluate(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth),
    ).toBeLessThanOrEqual(0);
    expect(await start.evaluate(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth)).toBeGreaterThan(
      0,
    );
    const [outer, inner] = [await boxOf(name), await boxOf(end)];
    expect(inner.bottom).toBeLessThanOrEqual(outer.bottom);
    expect(inner.right).toBeLessThanOrEqual(outer.right);
    expect(await view.page.locator(".layer").count()).toBe(30);
    // A short name stays in one line.
    await open(PANEL);
    // The end begins with a word, if one begins near.
    const t1 = view.page.getByRole("button", { name: /^T1_brain/ });
    expect(await t1.locator(".name > span").allTextContents()).toEqual([
      "T1_brain_extracted_",
      "acpc.nii.gz",
    ]);
    const short = view.page.getByRole("button", { name: "lh.pial", exact: true });
    expect(await short.locator(".name").evaluate((element) => element.getClientRects().length)).toBe(1);
    expect((await boxOf(short)).height).toBe(28);
    expect(await short.locator(".name > span").allTextContents()).toEqual(["lh.pial"]);
  });

  test("forty controls in folders stay within the panel, and words up to thirteen letters are whole", async () => {
    await open({ ...PANEL, program: FORTY });
    const content = view.page.locator("#panel-content");
    expect(await content.evaluate(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth)).toBe(0);
    const { right } = await boxOf(content);
    const ends = await view.page
      .locator("#panel :is(input, select, button, label, .unit)")
      .evaluateAll((all) => all.map((element) => element.getBoundingClientRect().right));
    expect(Math.max(...ends)).toBeLessThanOrEqual(right);
    expect(await view.page.locator("#panel .row").count()).toBeGreaterThan(30);
    // "Interpolation" in one line.
    expect((await boxOf(row("Interpolation").first().locator("label").first())).height).toBeLessThan(20);
  });

  test("a slider is filled up to its handle, a range between its two handles", async () => {
    await open({
      ...PANEL,
      program: [
        { type: "number", name: "amount", label: "Amount", min: 0, max: 10, value: 5 },
        { type: "range", name: "window", label: "Window", min: 0, max: 100, value: [20, 80] },
      ],
    });
    const fills = (name: string) =>
      view.page
        .getByRole("slider", { name, exact: true })
        .evaluate((element) =>
          ["--fill-from", "--fill-to"].map((property) =>
            getComputedStyle(element).getPropertyValue(property),
          ),
        );
    expect(await fills("Amount")).toEqual(["", "0.5"]);
    expect(await fills("Window, from")).toEqual(["0.2", "0.8"]);
    // While the command is in progress, the panel shows the new value.
    scene.hold();
    const amount = view.page.getByRole("slider", { name: "Amount", exact: true });
    await amount.press("End");
    const element = await amount.elementHandle();
    await view.page.waitForFunction(
      (element) => element !== null && getComputedStyle(element).getPropertyValue("--fill-to") === "1",
      element,
    );
    scene.release();
    await scene.last({ type: "control", control: "amount", value: 10 });
  });

  test("fields end at one line, a range without a histogram is low, and the first heading is beside the close button", async () => {
    await open({
      ...PANEL,
      program: [
        { type: "number", name: "seed", label: "Seed", value: 5 },
        { type: "text", name: "text", label: "Text", value: "a" },
        { type: "range", name: "window", label: "Window", min: 0, max: 100, value: [20, 80] },
      ],
    });
    const [seed, text] = [
      await boxOf(row("Seed").locator("input")),
      await boxOf(row("Text").locator("input")),
    ];
    expect([seed.left, seed.right]).toEqual([text.left, text.right]);
    expect((await boxOf(row("Window").locator(".range-fields input").last())).right).toBe(seed.right);
    expect((await boxOf(row("Window").locator(".range"))).height).toBe(22);
    const [heading, close] = [
      await boxOf(view.page.getByRole("heading", { name: "Controls" })),
      await boxOf(view.page.getByRole("button", { name: "Close the panel" })),
    ];
    expect(Math.abs(heading.middle - close.middle)).toBeLessThan(2);
  });

  test("the buttons of the view have an edge with the user's few colors, too", async () => {
    await view.page.emulateMedia({ forcedColors: "active" });
    await open(PANEL);
    const front = view.page.getByRole("button", { name: "front", exact: true });
    const { color, width } = await front.evaluate((element) => {
      const { borderTopColor, borderTopWidth } = getComputedStyle(element);
      return { color: borderTopColor, width: borderTopWidth };
    });
    expect([color, width]).not.toContain("rgba(0, 0, 0, 0)");
    expect(width).toBe("1px");
    await view.page.emulateMedia({ forcedColors: "none" });
  });

  test("at 200 % zoom the status, the toolbar and the panel do not cover each other", async () => {
    // As a window of 1280 x 800 is at 200 %.
    await view.page.setViewportSize({ width: 640, height: 400 });
    await open(PANEL);
    const [status, toolbar, panel] = [
      await boxOf(view.page.locator("#status")),
      await boxOf(view.page.locator("#controls")),
      await boxOf(view.page.locator("#panel")),
    ];
    expect(status.right).toBeLessThanOrEqual(toolbar.left);
    expect(toolbar.right).toBeLessThanOrEqual(panel.left);
  });
});
