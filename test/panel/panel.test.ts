import { describe, expect, spyOn, test } from "bun:test";
import { Panel } from "../../src/panel/panel.ts";
import type { Control, ControlValue } from "../../src/protocol/panel.ts";

/** Waits for the next message of a panel. */
function nextOf(panel: Panel) {
  return {
    controls: () =>
      new Promise<readonly Control[]>((resolve) => {
        const end = panel.watch({
          onControls: (controls) => {
            end();
            resolve(controls);
          },
        });
      }),
    values: () =>
      new Promise<Readonly<Record<string, ControlValue>>>((resolve) => {
        const end = panel.watch({
          onValues: (values) => {
            end();
            resolve(values);
          },
        });
      }),
  };
}

/** The message by which a command fails. */
function messageOf(command: Promise<void>): Promise<string> {
  return command.then(
    () => "executed",
    (error: Error) => error.message,
  );
}

describe("the controls of a program", () => {
  test("are described in the order in which they were added, with headings and values", () => {
    const panel = new Panel();
    panel.number("Threshold", { min: 0, max: 1, step: 0.01, value: 0.3, unit: "mm" });
    const view = panel.folder("View");
    view.choice("Shading", { choices: ["flat", { value: "smooth", label: "Smooth" }], value: "smooth" });
    view.folder("Colors").color("Surface", { value: "tomato" });
    panel.button("Run", { description: "Starts the simulation." });
    panel.range("Window", { min: 0, max: 10, histogram: [1, 2] });
    panel.boolean("Axes");
    panel.text("Title", { placeholder: "none" });
    expect(panel.controls).toEqual([
      {
        type: "number",
        name: "Threshold",
        label: "Threshold",
        min: 0,
        max: 1,
        step: 0.01,
        unit: "mm",
        value: 0.3,
      },
      {
        type: "choice",
        name: "View/Shading",
        label: "Shading",
        folder: ["View"],
        choices: [{ value: "flat" }, { value: "smooth", label: "Smooth" }],
        value: "smooth",
      },
      {
        type: "color",
        name: "View/Colors/Surface",
        label: "Surface",
        folder: ["View", "Colors"],
        value: "#ff6347",
      },
      { type: "action", name: "Run", label: "Run", description: "Starts the simulation." },
      { type: "range", name: "Window", label: "Window", min: 0, max: 10, histogram: [1, 2], value: [0, 10] },
      { type: "boolean", name: "Axes", label: "Axes", value: false },
      { type: "text", name: "Title", label: "Title", placeholder: "none", value: "" },
    ]);
  });

  test("with the same label have different ids, and a number without a value begins at the limit nearest to 0", () => {
    const panel = new Panel();
    const handles = [panel.number("n", { min: 2 }), panel.number("n", { max: -1 }), panel.number("n")];
    expect(handles.map(({ id, value }) => [id, value])).toEqual([
      ["n", 2],
      ["n (2)", -1],
      ["n (3)", 0],
    ]);
  });

  test("a description that is not valid is refused with a sentence, and nothing is added", () => {
    const panel = new Panel();
    const refused: [() => unknown, string][] = [
      [() => panel.number(" "), "A control requires a label."],
      [() => panel.number("n", { min: 1, max: 0 }), 'The control "n" has a min of 1, above its max of 0.'],
      [() => panel.number("n", { max: 1, value: 2 }), '"n" takes a number of 1 or less; 2 is not one.'],
      [() => panel.number("n", { value: Number.NaN }), 'The control "n" is not valid: value:'],
      [() => panel.choice("c", { choices: [] }), 'The control "c" is not valid: choices:'],
      [() => panel.color("c", { value: "reddish" }), '"c" takes a CSS color; "reddish" is not one.'],
      [() => panel.text("x".repeat(5000)), "is not valid: label:"],
    ];
    for (const [add, message] of refused) expect(add).toThrow(message);
    expect(panel.controls).toEqual([]);
  });

  test("are limited in number and size", () => {
    const panel = new Panel();
    for (let count = 0; count < 1000; count++) panel.button("b");
    expect(() => panel.button("b")).toThrow("at most 1000 controls");
    panel.remove();
    const choices = Array.from({ length: 4000 }, (_, index) => `${index}`.repeat(10));
    panel.choice("many", { choices });
    expect(() => {
      for (let count = 0; count < 20; count++) panel.choice("many", { choices });
    }).toThrow("have at most 524288 characters");
  });
});

describe("a viewer's change", () => {
  test("sets the value, calls the program with it, and reaches all viewers", async () => {
    const panel = new Panel();
    const calls: unknown[] = [];
    const threshold = panel.number("t", {
      min: 0,
      max: 1,
      value: 0.3,
      onChange: (value) => calls.push(value),
    });
    const color = panel.color("c", { onChange: (value) => calls.push(value) });
    panel.button("b", { onClick: () => calls.push("clicked") });
    const changed = nextOf(panel).values();
    await panel.execute("t", 0.5);
    await panel.execute("c", "rgb(255 0 0)");
    await panel.execute("b");
    expect(calls).toEqual([0.5, "#ff0000", "clicked"]);
    expect([threshold.value, color.value]).toEqual([0.5, "#ff0000"]);
    expect(await changed).toEqual({ t: 0.5, c: "#ff0000" });
    // The value that it has already is no change.
    await panel.execute("t", 0.5);
    expect(calls).toHaveLength(3);
  });

  test("of a wrong type or outside of the limits is refused with a sentence, and the program is not called", async () => {
    const panel = new Panel();
    const onChange = () => {
      throw new Error("called");
    };
    panel.number("n", { min: 0, max: 1, onChange });
    panel.range("r", { min: 0, max: 1, onChange });
    panel.choice("c", { choices: ["a"], onChange });
    panel.boolean("b", { onChange });
    panel.color("color", { onChange });
    panel.text("t", { onChange });
    panel.button("run", { onClick: onChange });
    const refused: [string, unknown, string][] = [
      ["n", 1.5, '"n" takes a number from 0 to 1; 1.5 is not one.'],
      ["n", Number.NaN, '"n" takes a number from 0 to 1; null is not one.'],
      ["n", "0.5", '"n" takes a number from 0 to 1; "0.5" is not one.'],
      ["n", undefined, '"n" takes a number from 0 to 1; undefined is not one.'],
      ["r", [0.5, 0.2], '"r" takes two numbers from 0 to 1, the lower one first; [0.5,0.2] is not one.'],
      ["r", [0.5], '"r" takes two numbers'],
      ["c", "toString", '"c" takes one of its choices; "toString" is not one.'],
      ["b", 1, '"b" takes true or false; 1 is not one.'],
      ["color", "x".repeat(4000), `"color" takes a CSS color; "${"x".repeat(59)}… is not one.`],
      ["t", true, '"t" takes a text; true is not one.'],
      ["run", 1, '"run" is a button, which has no value.'],
      ["__proto__", 1, "The program has no control of this name; it may have removed it."],
    ];
    for (const [id, value, message] of refused)
      await expect(panel.execute(id, value)).rejects.toThrow(message);
  });

  test("of a control that was removed is refused, also if its callback was about to follow", async () => {
    const panel = new Panel();
    const calls: number[] = [];
    const first = Promise.withResolvers<void>();
    const dragged = panel.number("n", {
      onChange: (value) => {
        calls.push(value);
        return first.promise;
      },
    });
    const started = panel.execute("n", 1);
    const waiting = messageOf(panel.execute("n", 2));
    dragged.remove();
    dragged.remove();
    const late = messageOf(panel.execute("n", 3));
    first.resolve();
    await started;
    expect(await waiting).toBe('The program has removed "n".');
    expect(await late).toBe("The program has no control of this name; it may have removed it.");
    expect(calls).toEqual([1]);
    // Another control of the same label is not affected by the old handle.
    const another = panel.number("n", { value: 7 });
    dragged.remove();
    dragged.value = 8;
    expect(panel.controls).toHaveLength(1);
    expect(another.value).toBe(7);
  });

  test("while an async callback is in progress is merged with others, and it is called with the newest", async () => {
    const panel = new Panel();
    const calls: number[] = [];
    const gates = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    panel.number("n", {
      onChange: async (value) => {
        calls.push(value);
        await gates[calls.length - 1]?.promise;
      },
    });
    const first = panel.execute("n", 1);
    const others = [2, 3, 4].map((value) => panel.execute("n", value));
    gates[0]?.resolve();
    await first;
    gates[1]?.resolve();
    await Promise.all(others);
    expect(calls).toEqual([1, 4]);
  });

  test("a button is clicked once at a time", async () => {
    const panel = new Panel();
    const gate = Promise.withResolvers<void>();
    panel.button("Run", { onClick: () => gate.promise });
    const first = panel.execute("Run");
    await expect(panel.execute("Run")).rejects.toThrow('"Run" is still running; wait for its end.');
    gate.resolve();
    await first;
    await panel.execute("Run");
  });

  test("errors of callbacks become a sentence for the viewer and are printed with their place, once", async () => {
    const printed = spyOn(console, "error").mockImplementation(() => {});
    try {
      const panel = new Panel();
      const number = panel.number("n", {
        onChange: () => {
          throw new TypeError("no mesh");
        },
      });
      panel.button("b", { onClick: () => Promise.reject("late") });
      await expect(panel.execute("n", 1)).rejects.toThrow('"n" failed in the program: no mesh.');
      await expect(panel.execute("n", 2)).rejects.toThrow('"n" failed in the program: no mesh.');
      await expect(panel.execute("b")).rejects.toThrow('"b" failed in the program: late.');
      expect(number.value).toBe(2);
      expect(printed.mock.calls.map(([text]) => String(text).split("\n")[0])).toEqual([
        'The callback of "n" failed in the program: no mesh.',
        'The callback of "b" failed in the program: late.',
      ]);
      expect(String(printed.mock.calls[0]?.[0])).toContain("panel.test.ts");
    } finally {
      printed.mockRestore();
    }
  });
});

describe("the program's changes", () => {
  test("of values are checked, reach the viewers and do not call the program", async () => {
    const panel = new Panel();
    const calls: unknown[] = [];
    const window = panel.range("w", { min: 0, max: 1, onChange: (value) => calls.push(value) });
    const values = nextOf(panel).values();
    window.value = [0.1, 0.2];
    window.value = [0.3, 0.4];
    expect(() => {
      window.value = [0, 2];
    }).toThrow('"w" takes two numbers from 0 to 1');
    expect(await values).toEqual({ w: [0.3, 0.4] });
    expect(calls).toEqual([]);
  });

  test("of labels and controls send all descriptions, several at once", async () => {
    const panel = new Panel();
    const watched: number[] = [];
    panel.watch({ onControls: (controls) => watched.push(controls.length) });
    const controls = nextOf(panel).controls();
    const folder = panel.folder("Filter");
    const size = folder.number("Size");
    folder.folder("More").boolean("On");
    panel.text("Name");
    size.label = "Radius";
    folder.folder("More").remove();
    expect(await controls).toEqual([
      { type: "number", name: "Filter/Size", label: "Radius", folder: ["Filter"], value: 0 },
      { type: "text", name: "Name", label: "Name", value: "" },
    ]);
    expect(watched).toEqual([2]);
    const after = nextOf(panel).controls();
    folder.remove();
    expect((await after).map(({ name }) => name)).toEqual(["Name"]);
  });
});
