import { expect, test } from "bun:test";
import { sampleLayers } from "../scene/sample-layers.ts";
import { launchBrowser } from "../support/browser.ts";
import { cornerObj } from "../support/model.ts";
import { RunningScenecast } from "../support/scenecast.ts";
import { TemporaryDirectory } from "../support/temporary-directory.ts";
import { waitForColor, waitForView } from "../web/page-assertions.ts";
import { GREEN } from "../web/pattern-renderer.ts";

test("what is set in the panel is in the picture and in the scene document, and another page shows it", async () => {
  using files = new TemporaryDirectory();
  await using app = await RunningScenecast.start(["view", files.write("corner.obj", cornerObj())]);
  await using browser = await launchBrowser();
  const [page, other] = [await browser.context.newPage(), await browser.context.newPage()];
  for (const each of [page, other]) {
    await each.goto(app.url);
    await waitForView(each);
    // The browser remembers that it is open.
    if (each === page) await each.keyboard.press("p");
    await each.getByRole("switch", { name: "Show corner.obj", checked: true }).waitFor();
  }
  const background = page.getByRole("textbox", { name: "Background, as text" });
  const before = await background.inputValue();
  await background.fill(`rgb(${GREEN.join(" ")})`);
  await background.press("Enter");
  await waitForColor(page, GREEN);
  await other.getByRole("button", { name: "Background: reset to default" }).waitFor();
  // Without this page's one, which a busy browser draws later, the wait below for its end would be none.
  await page.getByRole("button", { name: "Background: reset to default" }).waitFor();
  await page.getByRole("switch", { name: "Show corner.obj" }).press(" ");
  await other.getByRole("switch", { name: "Show corner.obj", checked: false }).waitFor();
  expect(await (await app.fetch("scene")).json()).toMatchObject({
    layers: [{ id: "corner", visible: false }],
    view: { background: `rgb(${GREEN.join(" ")})` },
  });
  await other.getByRole("button", { name: "Background: reset to default" }).press("Enter");
  await page.getByRole("button", { name: "Background: reset to default" }).waitFor({ state: "detached" });
  expect(await background.inputValue()).toBe(before);
});

interface Scene {
  readonly layers: readonly Readonly<Record<string, unknown>>[];
  readonly view: { readonly camera: { readonly position: number[]; readonly focalPoint: number[] } };
}

/** Unit vector from the focal point to the camera. */
function directionOf({ view: { camera } }: Scene): number[] {
  const { position, focalPoint } = camera;
  const way = position.map((value, axis) => value - (focalPoint[axis] ?? 0));
  return way.map((value) => value / Math.hypot(...way));
}

test("the camera is moved to a layer, a volume selects streamlines, and all of it is reset", async () => {
  using files = new TemporaryDirectory();
  const { streamlines, volume } = sampleLayers(files);
  await using app = await RunningScenecast.start([
    ...["view", streamlines, volume, "--size", "320x240", "--fixed-size"],
  ]);
  await using browser = await launchBrowser();
  const page = await browser.context.newPage();
  await page.goto(app.url);
  await waitForView(page);
  await page.keyboard.press("p");
  const panel = page.getByRole("complementary", { name: "Panel" });
  const scene = async () => (await (await app.fetch("scene")).json()) as Scene;
  const sceneWith = async (matches: (scene: Scene) => boolean): Promise<Scene> => {
    for (;;) {
      const found = await scene();
      if (matches(found)) return found;
      await Bun.sleep(20);
    }
  };
  await panel.getByRole("button", { name: /^lines\.vtk/ }).click();
  const before = await scene();
  await panel.getByRole("button", { name: "Zoom to lines.vtk" }).press("Enter");
  // The lines are in the plane z = 0, from 0 to 12.
  const isAt = ({ view }: Scene) =>
    [6, 6, 0].every((value, axis) => Math.abs(value - (view.camera.focalPoint[axis] ?? 9)) < 1e-3);
  expect(isAt(before)).toBe(false);
  const after = await sceneWith(isAt);
  for (const [axis, value] of directionOf(before).entries())
    expect(directionOf(after)[axis]).toBeCloseTo(value, 4);

  await panel.locator("summary").filter({ hasText: "Selection" }).press("Enter");
  await panel.getByRole("combobox", { name: "Mask" }).selectOption("volume.nrrd");
  expect((await sceneWith(({ layers }) => layers[0]?.mask !== undefined)).layers[0]?.mask).toBe(
    "volume.nrrd",
  );
  await panel.getByRole("switch", { name: "Both ends in the mask" }).waitFor();
  await panel.getByRole("button", { name: "Reset all properties" }).press("Enter");
  const { layers } = await sceneWith(({ layers }) => layers[0]?.mask === undefined);
  expect(layers[0]).toEqual({ id: "lines", file: "lines.vtk", kind: "streamlines" });
  expect(isAt(await scene())).toBe(true);
});
