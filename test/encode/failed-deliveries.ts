/** Functions that fail to deliver a frame, for `test.each`: how, and the function. */
export const FAILED_DELIVERIES: readonly [how: string, deliver: () => Promise<void>][] = [
  [
    "throws",
    () => {
      throw new Error("delivery failed");
    },
  ],
  ["rejects", () => Promise.reject(new Error("delivery failed"))],
];
