import { beforeEach } from "bun:test";
import type { Locator, Page } from "playwright-core";
import { waitForView } from "./page-assertions.ts";
import { PANEL, PanelScene } from "./panel-server.ts";
import { useView } from "./view-fixture.ts";

/** A page with the panel of {@link PANEL}, new for each test, and its elements by their names. */
export function usePanel() {
  const scene = new PanelScene();
  const view = useView({
    server: { scene, commands: scene, token: "control-token", viewToken: "view-token" },
  });
  beforeEach(() => {
    scene.reset();
    view.server.setPanel(PANEL);
  });
  const panelOf = (page: Page) => page.getByRole("complementary", { name: "Panel" });
  return {
    ...{ scene, view, panelOf },
    slider: (name: string, page = view.page) => panelOf(page).getByRole("slider", { name, exact: true }),
    button: (name: string, page = view.page) => panelOf(page).getByRole("button", { name, exact: true }),

    async open(page = view.page, token = "control-token"): Promise<void> {
      await page.goto(`${view.server.url.replace(/\?.*/, "")}?token=${token}`);
      await waitForView(page);
      await panelOf(page).getByRole("list").first().waitFor();
    },

    /** Opens a layer's properties. */
    async openLayer(name: string, page = view.page): Promise<void> {
      await page.locator(".layer-name").filter({ hasText: name }).click();
    },

    async openHeading(name: string): Promise<void> {
      await view.page.locator("summary").filter({ hasText: name }).press("Enter");
    },
  };
}

/** Waits until a control has this value. */
export async function waitForValue(control: Locator, value: string): Promise<void> {
  const page = control.page();
  const element = await control.elementHandle();
  await page.waitForFunction(([element, value]) => (element as HTMLInputElement | null)?.value === value, [
    element,
    value,
  ] as const);
}
