import { expect, test } from "bun:test";
import { commonColor } from "../../src/web/ground.ts";

test("the corners of a picture have a colour in common where they differ by the noise of an encoding alone", () => {
  const corners = (...colors: [number, number, number][]) => colors.flatMap((color) => [...color, 255]);
  expect(commonColor(corners([20, 23, 28], [20, 23, 28], [22, 22, 27], [18, 24, 29]))).toEqual([20, 23, 28]);
  expect(commonColor(corners([20, 23, 28], [20, 23, 28], [20, 23, 28], [200, 23, 28]))).toBeNull();
});
