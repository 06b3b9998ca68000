import { describe, expect, test } from "bun:test";
import type { CDPSession } from "playwright-core";
import type { SceneEvent } from "../../src/memory/event-row.ts";
import { startServer } from "../../src/page-server.ts";
import { waitForView } from "./page-assertions.ts";
import { PatternRenderer, RED } from "./pattern-renderer.ts";
import { useView } from "./view-fixture.ts";

/** A frame of 640x360 px in a window of 800x600 px: 800x450 CSS px, below a bar of 75. */
const TOP = 75;
const at = (x: number, y: number) => [x * 800, TOP + y * 450] as const;

const view = useView({ serverPer: "file", browser: { hasTouch: true } });

async function open(query = ""): Promise<void> {
  await view.page.goto(view.server.url + query);
  await waitForView(view.page);
  await view.renderer.event("resize");
  view.renderer.events.length = 0;
}

/** Presses, releases and wheel turns, without moves, which are throttled. */
function eventNames(): string[] {
  return view.renderer.events.filter((event) => event.type !== "mouseMove").map(nameOf);
}

function nameOf(event: SceneEvent): string {
  return "button" in event ? `${event.type} ${event.button}` : event.type;
}

describe("the mouse", () => {
  test("the mouse sends a drag as press, moves and release, in fractions of the view and not of the window", async () => {
    await open();
    await view.page.mouse.move(...at(0.25, 0.5));
    await view.page.mouse.down();
    await view.page.mouse.move(...at(0.5, 0.75), { steps: 8 });
    await view.page.mouse.up();
    const release = await view.renderer.event("mouseRelease");
    const press = await view.renderer.event("mousePress");
    expect(press).toMatchObject({ button: 0, ctrl: false, shift: false });
    expect(press.x).toBeCloseTo(0.25, 5);
    expect(press.y).toBeCloseTo(0.5, 5);
    expect(release.x).toBeCloseTo(0.5, 5);
    expect(release.y).toBeCloseTo(0.75, 5);
    const last = view.renderer.events.at(-2);
    expect(last).toMatchObject({ type: "mouseMove", x: release.x, y: release.y });
    const stamps = view.renderer.events.map((event) => event.timestamp);
    expect(stamps).toEqual(stamps.toSorted((a, b) => a - b));
    expect(Math.abs(press.timestamp - Date.now())).toBeLessThan(60_000);
  });

  test("the mouse sends a move once and immediately, not only at the next paint", async () => {
    await open();
    await view.page.evaluate(
      ([x, y]) => {
        const move = {
          pointerId: 1,
          pointerType: "mouse",
          clientX: x,
          clientY: y,
          button: -1,
          bubbles: true,
        };
        const stage = document.querySelector("#stage");
        const rawUpdate = new PointerEvent("pointerrawupdate", move);
        const moveEvent = new PointerEvent("pointermove", move);
        // Both report the same move, so the browser gives them the same time stamp.
        Object.defineProperty(moveEvent, "timeStamp", { value: rawUpdate.timeStamp });
        stage?.dispatchEvent(rawUpdate);
        stage?.dispatchEvent(moveEvent);
        stage?.dispatchEvent(new PointerEvent("pointermove", { ...move, clientX: x + 8 }));
      },
      at(0.5, 0.5),
    );
    await view.renderer.event("mouseMove", ({ x }) => x > 0.505);
    expect(view.renderer.events).toMatchObject([
      { type: "mouseMove", x: 0.5 },
      { type: "mouseMove", x: 0.51 },
    ]);
  });

  test("the mouse sends the buttons, Control, Shift and Meta unchanged", async () => {
    await open();
    await view.page.mouse.move(...at(0.5, 0.5));
    for (const [button, key] of [
      ["middle", "Control"],
      ["right", "Shift"],
      ["left", "Meta"],
    ] as const) {
      await view.page.keyboard.down(key);
      await view.page.mouse.down({ button });
      await view.page.mouse.up({ button });
      await view.page.keyboard.up(key);
    }
    await view.renderer.event("mouseRelease", (event) => event.button === 0);
    expect(view.renderer.events.filter(({ type }) => type === "mousePress")).toMatchObject([
      { button: 1, ctrl: true, shift: false, alt: false, meta: false },
      { button: 2, ctrl: false, shift: true, alt: false, meta: false },
      { button: 0, ctrl: false, shift: false, alt: false, meta: true },
    ]);
  });

  test("the mouse sends press and release of a second button during a drag", async () => {
    await open();
    await view.page.mouse.move(...at(0.5, 0.5));
    await view.page.mouse.down({ button: "left" });
    await view.page.mouse.down({ button: "right" });
    await view.page.mouse.up({ button: "left" });
    await view.page.mouse.up({ button: "right" });
    await view.renderer.event("mouseRelease", (event) => event.button === 2);
    expect(eventNames()).toEqual(["mousePress 0", "mousePress 2", "mouseRelease 0", "mouseRelease 2"]);
  });

  test("the mouse opens no context menu over the view", async () => {
    await open();
    await view.page.evaluate(() => {
      document.addEventListener("contextmenu", (event) => {
        document.title = event.defaultPrevented ? "no menu" : "menu";
      });
    });
    await view.page.mouse.click(...at(0.5, 0.5), { button: "right" });
    await view.page.waitForFunction(() => document.title.endsWith("menu"));
    expect(await view.page.title()).toBe("no menu");
  });

  test("clamps a drag that leaves the view to its edge, and sends the release", async () => {
    await open();
    await view.page.mouse.move(...at(0.5, 0.5));
    await view.page.mouse.down();
    await view.page.mouse.move(400, 5, { steps: 4 });
    await view.page.mouse.move(1500, 5, { steps: 4 });
    await view.page.mouse.up();
    expect(await view.renderer.event("mouseRelease")).toMatchObject({ x: 1, y: 0 });
  });

  test("the mouse releases a drag once when the window loses the focus", async () => {
    await open();
    await view.page.mouse.move(...at(0.5, 0.5));
    await view.page.mouse.down();
    await view.page.mouse.move(...at(0.6, 0.5));
    await view.page.evaluate(() => window.dispatchEvent(new Event("blur")));
    const release = await view.renderer.event("mouseRelease");
    expect(release.x).toBeCloseTo(0.6, 5);
    await view.page.mouse.up();
    await view.page.mouse.click(...at(0.1, 0.5));
    await view.renderer.event("mouseRelease", (event) => event.x < 0.2);
    expect(eventNames()).toEqual(["mousePress 0", "mouseRelease 0", "mousePress 0", "mouseRelease 0"]);
  });

  test("the mouse sends moves at the interval of FURY's query key", async () => {
    await open("?mouse_interval=500");
    await view.page.mouse.move(...at(0.5, 0.5));
    await view.page.mouse.down();
    await view.page.mouse.move(...at(0.9, 0.5), { steps: 30 });
    await view.page.mouse.up();
    const release = await view.renderer.event("mouseRelease");
    const moves = view.renderer.events.filter(({ type }) => type === "mouseMove");
    expect(moves.at(-1)).toMatchObject({ x: release.x });
    // Sent of the 31 moves: the first, the one before the press, the newest at each 500 ms, and the one before the release.
    const seconds = (release.timestamp - (view.renderer.events[0]?.timestamp ?? 0)) / 1000;
    expect(moves.length).toBeLessThanOrEqual(3 + 2 * seconds);
  });

  test("the mouse sends nothing with interaction=0", async () => {
    await view.page.goto(`${view.server.url}?interaction=0`);
    await waitForView(view.page);
    view.renderer.events.length = 0;
    await view.page.mouse.click(...at(0.5, 0.5));
    await view.page.mouse.wheel(0, 100);
    await view.page.keyboard.press("r");
    // A response to a later message on the same socket proves that nothing is in flight.
    const other = await view.browserContext.newPage();
    await other.goto(view.server.url);
    await waitForView(other);
    await other.mouse.click(...at(0.25, 0.5));
    await view.renderer.event("mouseRelease");
    expect(view.renderer.events.filter(({ type }) => type === "mousePress")).toMatchObject([{ x: 0.25 }]);
  });
});

describe("the wheel", () => {
  test("the wheel sends px, right and down positive, with the modifiers", async () => {
    await open();
    await view.page.mouse.move(...at(0.5, 0.5));
    await view.page.keyboard.down("Alt");
    await view.page.mouse.wheel(15, 120);
    await view.page.keyboard.up("Alt");
    expect(await view.renderer.event("wheel")).toMatchObject({
      deltaX: 15,
      deltaY: 120,
      alt: true,
      meta: false,
    });
  });

  test("the wheel merges turns within the interval and loses none", async () => {
    await open("?weel_interval=100");
    await view.page.mouse.move(...at(0.5, 0.5));
    for (let turn = 0; turn < 12; turn++) await view.page.mouse.wheel(0, -10);
    const sum = () =>
      view.renderer.events.reduce((total, event) => total + (event.type === "wheel" ? event.deltaY : 0), 0);
    await view.renderer.until(() => sum() === -120);
    expect(eventNames().length).toBeLessThan(12);
  });

  test("the wheel zooms the view over the buttons, too", async () => {
    await open();
    await view.page.locator("#help").hover();
    await view.page.mouse.wheel(0, 60);
    expect(await view.renderer.event("wheel")).toMatchObject({ deltaY: 60 });
  });

  test("neither scrolls nor zooms the page itself", async () => {
    await open();
    await view.page.evaluate(() => {
      window.addEventListener("wheel", (event) => {
        document.title = event.defaultPrevented ? "prevented" : "scrolled";
      });
    });
    await view.page.mouse.move(...at(0.5, 0.5));
    await view.page.mouse.wheel(0, 50);
    await view.page.waitForFunction(() => document.title === "prevented");
  });
});

describe("touch input", () => {
  let session: CDPSession;
  type Finger = readonly [x: number, y: number];
  const touch = (type: "touchStart" | "touchMove" | "touchEnd", ...fingers: Finger[]) =>
    session.send("Input.dispatchTouchEvent", {
      type,
      touchPoints: fingers.map(([x, y], id) => ({ x, y, id })),
    });

  test("touch input rotates by one finger with the left button", async () => {
    await open();
    session = await view.browserContext.newCDPSession(view.page);
    await touch("touchStart", at(0.25, 0.5));
    await touch("touchMove", at(0.4, 0.5));
    await touch("touchMove", at(0.5, 0.5));
    await touch("touchEnd");
    const release = await view.renderer.event("mouseRelease");
    expect(eventNames()).toEqual(["mousePress 0", "mouseRelease 0"]);
    expect(release.x).toBeCloseTo(0.5, 2);
  });

  test("touch input pans by two fingers with the middle button and zooms by their distance", async () => {
    await open();
    session = await view.browserContext.newCDPSession(view.page);
    await touch("touchStart", at(0.45, 0.5));
    await touch("touchStart", at(0.45, 0.5), at(0.55, 0.5));
    for (let part = 0.05; part <= 0.25; part += 0.02) {
      await touch("touchMove", at(0.5 - part, 0.5), at(0.5 + part, 0.5));
    }
    await touch("touchEnd");
    await view.renderer.event("mouseRelease", (event) => event.button === 1);
    const wheel = view.renderer.events.filter((event) => event.type === "wheel");
    expect(eventNames().filter((kind) => kind !== "wheel")).toEqual([
      "mousePress 0",
      "mouseRelease 0",
      "mousePress 1",
      "mouseRelease 1",
    ]);
    expect(wheel.length).toBeGreaterThan(0);
    expect(wheel.every((event) => event.deltaY < 0)).toBe(true);
    const pan = await view.renderer.event("mousePress", (event) => event.button === 1);
    expect(pan.x).toBeCloseTo(0.5, 2);
    // The fingers moved apart evenly, so their midpoint stays.
    expect((await view.renderer.event("mouseRelease", (event) => event.button === 1)).x).toBeCloseTo(0.5, 1);
  });
});

describe("the keyboard", () => {
  test("the keyboard resets the view by the key r and by the button", async () => {
    await open();
    await view.page.keyboard.press("r");
    await view.renderer.event("keyUp", (event) => event.key === "r");
    expect(eventNames()).toEqual(["keyDown", "keyUp"]);
    view.renderer.events.length = 0;
    await view.page.locator("#reset").click();
    await view.renderer.event("keyUp", (event) => event.key === "r");
    expect(eventNames()).toEqual(["keyDown", "keyUp"]);
  });

  test("forwards keys to the renderer, except shortcuts of the page and the browser", async () => {
    await open();
    for (const key of ["h", "?", "Escape", "Tab", "Control+k"]) await view.page.keyboard.press(key);
    await view.page.locator("#stage").focus();
    await view.page.keyboard.press("ArrowLeft");
    await view.renderer.event("keyUp");
    expect(view.renderer.events.filter((event) => event.type === "keyDown")).toMatchObject([
      { key: "ArrowLeft" },
    ]);
  });

  test("the keyboard rotates the view by arrow keys, pans with Shift, and ignores mouse moves meanwhile", async () => {
    await open();
    await view.page.mouse.move(...at(0.9, 0.9));
    await view.renderer.event("mouseMove");
    view.renderer.events.length = 0;
    await view.page.keyboard.down("ArrowRight");
    const press = await view.renderer.event("mousePress");
    await view.page.mouse.move(...at(0.1, 0.1));
    await view.page.keyboard.up("ArrowRight");
    const release = await view.renderer.event("mouseRelease");
    expect([press.x, press.y, release.x, release.y]).toEqual([0.5, 0.5, 0.52, 0.5]);
    await view.page.keyboard.press("Shift+ArrowUp");
    expect(await view.renderer.event("mousePress", ({ button }) => button === 1)).toMatchObject({
      shift: false,
    });
    await view.renderer.event("mouseRelease", ({ button }) => button === 1);
    await view.page.keyboard.press("+");
    expect(await view.renderer.event("wheel")).toMatchObject({ deltaY: -50 });
  });

  test("the keyboard does not steer by arrow keys while the help is open", async () => {
    await open();
    await view.page.keyboard.press("?");
    await view.page.keyboard.press("ArrowRight");
    await view.page.keyboard.press("Escape");
    await view.page.mouse.click(...at(0.25, 0.5));
    expect((await view.renderer.event("mousePress")).x).toBe(0.25);
  });
});

test("the page sends arrow keys as drags to a consumer of only FURY's eight events, and hides keys without effect", async () => {
  using fury = new PatternRenderer({ acceptsAllEvents: false });
  await using other = await startServer({ port: 0 });
  other.attach(fury.names);
  fury.draw(RED);
  await view.page.goto(other.url);
  await waitForView(view.page);
  expect(await view.page.title()).toBe("scenecast");
  expect(await view.page.locator("#reset").isHidden()).toBe(true);
  await view.page.keyboard.press("?");
  const help = await view.page.getByRole("dialog").textContent();
  expect(help).toContain("zoom");
  expect(
    await view.page
      .getByText(/first view|fit the scene/)
      .filter({ visible: true })
      .count(),
  ).toBe(0);
  await view.page.keyboard.press("Escape");
  for (const key of ["r", "Home", "z", "ArrowLeft"]) await view.page.keyboard.press(key);
  expect((await fury.event("mouseRelease")).x).toBe(0.48);
  await view.page.mouse.click(...at(0.25, 0.5));
  await fury.event("mouseRelease", ({ x }) => x === 0.25);
  expect(fury.events.some((event) => event.type === "keyDown" || event.type === "resize")).toBe(false);
});
