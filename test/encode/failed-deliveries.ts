/** `send` functions that fail, for `test.each`: how they fail, and the function. */
export const FAILED_DELIVERIES: readonly [how: string, deliver: () => Promise<void>][] = [
  [
    "throws",
    () => {
      throw new Error("delivery failed");
    },
  ],
  ["rejects", () => Promise.reject(new Error("delivery failed"))],
];
