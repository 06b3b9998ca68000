import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { mergePatch } from "../../src/document/merge-patch.ts";
import { holdsForAll } from "../model/property.ts";

describe("a JSON merge patch", () => {
  // The examples of RFC 7396, appendix A.
  test.each([
    [{ a: "b" }, { a: "c" }, { a: "c" }],
    [{ a: "b" }, { b: "c" }, { a: "b", b: "c" }],
    [{ a: "b" }, { a: null }, {}],
    [{ a: "b", b: "c" }, { a: null }, { b: "c" }],
    [{ a: ["b"] }, { a: "c" }, { a: "c" }],
    [{ a: "c" }, { a: ["b"] }, { a: ["b"] }],
    [{ a: { b: "c" } }, { a: { b: "d", c: null } }, { a: { b: "d" } }],
    [{ a: [{ b: "c" }] }, { a: [1] }, { a: [1] }],
    [
      ["a", "b"],
      ["c", "d"],
      ["c", "d"],
    ],
    [{ a: "b" }, ["c"], ["c"]],
    [{ a: "foo" }, null, null],
    [{ a: "foo" }, "bar", "bar"],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [[1, 2], { a: "b", c: null }, { a: "b" }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  ])("%j with %j is %j", (target, patch, result) => {
    expect<unknown>(mergePatch(target, patch)).toEqual(result);
  });

  test("changes neither argument, and applied twice it is the same as once", () => {
    const objects = fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 }), { noNullPrototype: true });
    const withoutPrototype = objects.filter((value) => !JSON.stringify(value).includes("__proto__"));
    holdsForAll(fc.tuple(withoutPrototype, withoutPrototype), 300, ([target, patch]) => {
      const before = structuredClone([target, patch]);
      const once = mergePatch(target, patch);
      expect(mergePatch(once, patch)).toEqual(once);
      expect([target, patch]).toEqual(before);
    });
  });

  test("with the key of a prototype or deeper than a document is refused", () => {
    expect(() => mergePatch({}, JSON.parse('{"view": {"__proto__": {"a": 1}}}'))).toThrow("__proto__");
    expect(() => mergePatch({}, JSON.parse(`${'{"a":'.repeat(10_000)}1${"}".repeat(10_000)}`))).toThrow(
      "deep",
    );
    expect(mergePatch({}, { constructor: { a: 1 } })).toEqual({ constructor: { a: 1 } });
    expect(Object.hasOwn(Object, "a")).toBe(false);
  });
});
