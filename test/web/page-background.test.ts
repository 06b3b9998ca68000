import { expect, test } from "bun:test";
import { commonColor } from "../../src/web/view/page-background.ts";

test("commonColor averages corners that differ by encoding noise, and is null if one differs by more", () => {
  const corners = (...colors: [number, number, number][]) => colors.flatMap((color) => [...color, 255]);
  expect(commonColor(corners([20, 23, 28], [20, 23, 28], [22, 22, 27], [18, 24, 29]))).toEqual([20, 23, 28]);
  expect(commonColor(corners([20, 23, 28], [20, 23, 28], [20, 23, 28], [200, 23, 28]))).toBeNull();
});
