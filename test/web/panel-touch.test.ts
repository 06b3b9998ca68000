import { describe, expect, test } from "bun:test";
import { waitForView } from "./page-assertions.ts";
import { PANEL, PanelScene } from "./panel-server.ts";
import { useView } from "./view-fixture.ts";

const scene = new PanelScene();
const view = useView({
  server: { scene, commands: scene },
  browser: { hasTouch: true, isMobile: true, viewport: { width: 390, height: 844 }, deviceScaleFactor: 2 },
});

describe("the panel on a touch screen", () => {
  test("has buttons of 44 px and other targets as high, and is a sheet that a tap opens and resizes", async () => {
    view.server.setPanel(PANEL);
    await view.page.goto(view.server.url);
    await waitForView(view.page);
    // It covers half of a phone, so it is opened only by its button.
    expect(await view.page.locator("#panel").isHidden()).toBe(true);
    await view.page.getByRole("button", { name: "Panel", exact: true }).tap();
    await view.page.locator(".layer-name").filter({ hasText: "T1" }).tap();
    await view.page.getByRole("switch", { name: "Show lh.pial" }).tap();
    await scene.last({ type: "layer", layer: "brain", change: { visible: false } });
    await view.page.locator("summary").filter({ hasText: "Slices" }).tap();
    await view.page.getByRole("button", { name: "Colormap: gray" }).tap();
    await view.page.locator(".colormaps").waitFor();
    const small = await view.page.evaluate(() =>
      [...document.querySelectorAll("#panel :is(button, summary, select, .grip, input)")].flatMap(
        (element) => {
          // The whole line toggles a switch, and the histogram takes the touches of its handles.
          const target =
            element.closest(".row-boolean, .radios label, .colormaps label, .axis, .range") ?? element;
          const { width, height } = target.getBoundingClientRect();
          const isSmall = height > 0 && (height < 44 || width < 24);
          return isSmall ? [`${element.outerHTML.slice(0, 90)}: ${width} x ${height}`] : [];
        },
      ),
    );
    expect(small).toEqual([]);
    const buttons = await view.page.evaluate(() =>
      [...document.querySelectorAll("#panel button")].map((element) => {
        const { width, height } = element.getBoundingClientRect();
        return Math.min(width, height);
      }),
    );
    expect(Math.min(...buttons)).toBeGreaterThanOrEqual(44);
    const handle = view.page.getByRole("separator", { name: "Height of the panel" });
    await handle.tap();
    expect(await handle.getAttribute("aria-valuenow")).toBe("15");
    await handle.tap();
    expect(await handle.getAttribute("aria-valuenow")).toBe("50");
  });
});
