import { describe, expect, test } from "bun:test";
import { waitForView } from "./page-assertions.ts";
import { useView } from "./view-fixture.ts";

const view = useView({ serverPer: "file" });

const hint = () => view.page.locator("#hint");

async function open(query = ""): Promise<void> {
  await view.page.goto(view.server.url + query);
  await waitForView(view.page);
}

/** Opens the page as a browser does that has never seen it. */
async function openFirst(query = ""): Promise<void> {
  await open();
  await view.page.evaluate(() => localStorage.clear());
  await open(query);
}

describe("the toolbar", () => {
  test("in a narrow window some buttons of the toolbar move into its menu, with their names, and return", async () => {
    await view.page.setViewportSize({ width: 800, height: 600 });
    await open();
    expect(await view.page.getByRole("button", { name: "More" }).count()).toBe(0);
    const bar = view.page.getByRole("toolbar");
    const names = () => bar.getByRole("button").evaluateAll((all) => all.map((button) => button.ariaLabel));
    const all = ["Reset the view", "Save a snapshot", "Full screen", "Help"];
    expect(await names()).toEqual(all);
    await view.page.setViewportSize({ width: 180, height: 600 });
    await view.page.getByRole("button", { name: "More" }).click();
    expect(await names()).toEqual(["More", ...all]);
    // By the keyboard, too.
    await view.page.getByRole("button", { name: "Help" }).press("Enter");
    await view.page.getByRole("dialog", { name: "Help" }).waitFor();
    await view.page.keyboard.press("Escape");
    await view.page.setViewportSize({ width: 800, height: 600 });
    await view.page.getByRole("button", { name: "More" }).waitFor({ state: "hidden" });
    expect(await names()).toEqual(all);
    const { right = 0 } = (await bar.evaluate((element) =>
      element.getBoundingClientRect().toJSON(),
    )) as DOMRect;
    expect(right).toBeLessThanOrEqual(800);
  });

  test("on a touch screen all buttons have at least 44 px, and the hint names gestures", async () => {
    const session = await view.browserContext.newCDPSession(view.page);
    await session.send("Emulation.setTouchEmulationEnabled", { enabled: true });
    await session.send("Emulation.setEmitTouchEventsForMouse", { enabled: true, configuration: "mobile" });
    await view.page.setViewportSize({ width: 390, height: 844 });
    await openFirst();
    await hint().filter({ hasText: "pinch to zoom" }).waitFor();
    await view.page.keyboard.press("?");
    const sizes = await view.page
      .locator("button:visible")
      .evaluateAll((all) =>
        all.map((button) =>
          Math.min(button.getBoundingClientRect().width, button.getBoundingClientRect().height),
        ),
      );
    expect(sizes.length).toBeGreaterThan(4);
    expect(Math.min(...sizes)).toBeGreaterThanOrEqual(44);
  });
});

describe("the hint for first use", () => {
  test("the hint for first use goes away with the first input, and is not shown again", async () => {
    await openFirst();
    await hint().filter({ hasText: "Drag to rotate, wheel to zoom" }).waitFor();
    await view.page.mouse.move(400, 300);
    await view.page.mouse.down();
    await view.page.mouse.up();
    await hint().waitFor({ state: "detached" });
    await open();
    expect(await hint().count()).toBe(0);
  });

  test("the hint for first use is not shown to a viewer who cannot steer", async () => {
    await openFirst("?interaction=0");
    await view.page.getByRole("button", { name: "Status: live, still" }).waitFor();
    expect(await hint().isHidden()).toBe(true);
  });
});
