import { describe, expect, test } from "bun:test";
import { bindLayerOptions } from "../../src/cli/layer-options.ts";
import { buildProgram } from "../../src/cli/program.ts";

function bind(...args: string[]) {
  const command = buildProgram().commands.find((candidate) => candidate.name() === "render");
  if (command === undefined) throw new Error("there is no command render");
  command.exitOverride().configureOutput({ outputError: () => {} });
  return bindLayerOptions(command, args);
}

describe("options of a layer", () => {
  test("an option belongs to the file before it, and before the first file to all", () => {
    const { args, styles } = bind(
      ...["--opacity", "0.5", "a.ply", "--color-by", "fa", "--size", "10x10", "b.ply", "--opacity=1"],
      ...["-o", "out.png", "--range", "0,1"],
    );
    expect(args).toEqual(["a.ply", "--size", "10x10", "b.ply", "-o", "out.png"]);
    expect(styles).toEqual([
      { opacity: 0.5, colorBy: "fa" },
      { opacity: 1, range: [0, 1] },
    ]);
  });

  test("words after -- are files, also those that begin with a dash", () => {
    expect(bind("--opacity", "0.5", "--", "-a.ply", "--opacity")).toEqual({
      args: ["--", "-a.ply", "--opacity"],
      styles: [{ opacity: 0.5 }, { opacity: 0.5 }],
    });
  });

  test.each([
    [["a.ply", "--opacity", "2"], "Write a number from 0 to 1."],
    [["a.ply", "--range", "1"], "Write 2 numbers, separated by commas."],
    [["a.ply", "--range", "2,1"], "The first number must not exceed the second."],
    [["a.ply", "--colormap", "rainbow"], "Allowed choices are viridis,"],
    [["a.ply", "--color", "bluish"], "is not a CSS color"],
    [["a.ply", "--range"], "argument missing"],
  ])("%j is refused with a sentence", (args, message) => {
    expect(() => bind(...args)).toThrow(message);
  });
});
