import { expect, test } from "bun:test";
import { SocketClient } from "../server/clients.ts";
import { waitForMessage, waitForView } from "./page-assertions.ts";
import { useView } from "./view-fixture.ts";

const view = useView();

/** Waits until the page says this about the viewers. */
const waitForPeople = (text: string) =>
  view.page
    .locator("#people-text")
    .filter({ hasText: new RegExp(`^${text}$`) })
    .waitFor();

test("the page shows how many look and who steers, and is refused with a note while another one does", async () => {
  await view.page.goto(view.server.url);
  await waitForView(view.page);
  expect(await view.page.locator("#people").isHidden()).toBe(true);
  const other = await SocketClient.open(view.server.url);
  await waitForPeople("2 viewers");
  const press = { type: "mouseLeftClick", on: 1, mouseButton: 0, x: 0.5, y: 0.5, ctrlKey: 0, shiftKey: 0 };
  other.send({ ...press, timestampInMs: 1 });
  const { x } = await view.renderer.event("mousePress");
  await waitForPeople("2 viewers, another one steers");
  await view.page.mouse.move(200, 200);
  await view.page.mouse.wheel(0, 100);
  await waitForMessage(view.page, "Another viewer is steering.");

  // Free at once when the one that steers has gone.
  other.close();
  await view.renderer.event("mouseRelease");
  await view.page.locator("#people").waitFor({ state: "hidden" });
  await view.page.mouse.wheel(0, 50);
  await view.renderer.event("wheel", ({ deltaY }) => deltaY === 50);

  const third = await SocketClient.open(view.server.url);
  await view.page.mouse.down();
  // The grip of the wheel, which the page shows likewise, may end at any time.
  await view.renderer.event("mousePress", (event) => event.x !== x);
  await waitForPeople("2 viewers, you steer");
  third.send({ ...press, timestampInMs: 2 });
  expect((await third.next("error")).code).toBe("another-steers");
  await view.page.mouse.up();
  await waitForPeople("2 viewers");
  third.close();
});
