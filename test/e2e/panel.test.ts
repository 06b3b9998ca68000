import { expect, test } from "bun:test";
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
