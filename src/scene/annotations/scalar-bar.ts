import type { Legend } from "../../actors/actor.ts";
import type { Label } from "../../formats/data-kinds.ts";
import { colormapTable } from "../../layers/colormap.ts";
import type { AnnotatedView } from "./annotations.ts";
import { type Drawing, lineHeight, type Rgba } from "./drawing.ts";
import { textWidth } from "./glyph-atlas.ts";
import { formatTick, niceTicks } from "./nice-numbers.ts";

/** Maximum number of bars in a view, for the first layers with values. */
const MAX_BARS = 3;
/** Maximum number of labels in a list. */
const MAX_LABELS = 16;
/** Number of steps of color in a bar. */
const STEPS = 64;
const MAX_TICKS = 6;
/** Maximum number of characters of a title. */
const MAX_TITLE = 28;

/** Height of a view, as a multiple of its width, above which bars lie at its upper edge. */
const PORTRAIT = 1.1;
/** Length of a bar at the upper edge as a share of the view's width. */
const BAR_LENGTH = 0.6;

const BAR_WIDTH = 16;
/** Height of a bar as a share of the view's height. */
const BAR_HEIGHT = 0.36;

/**
 * Bars of the colors of values, with the name of the array and round numbers: at the right edge, one beside the other. In a view that is
 * higher than wide they would cover the scene, which is as wide as the view, and lie one below the other at the upper edge; lists of
 * labels stay at the right.
 *
 * @param margins what is beside and above them, px
 */
export function drawScalarBars(
  drawing: Drawing,
  view: AnnotatedView,
  legends: readonly Legend[],
  margins: { readonly right: number; readonly top: number },
): void {
  const { width, height, scale, font } = view;
  let right = width - margins.right;
  let above = height - margins.top;
  for (const legend of legends.slice(0, MAX_BARS)) {
    if (legend.labels === undefined && height > PORTRAIT * width) {
      above = drawBarAcross(drawing, view, legend, above);
      continue;
    }
    const texts = textsOf(legend);
    const widest = Math.max(...texts.map((text) => textWidth(text, font.size)));
    const title = titleOf(legend);
    const column = Math.max((BAR_WIDTH + 8) * scale + widest, textWidth(title, font.size));
    const left = right - column;
    if (legend.labels === undefined) drawBar(drawing, view, legend, left);
    else drawLabels(drawing, view, legend.labels, left);
    const top = view.height / 2 + (BAR_HEIGHT / 2) * view.height + lineHeight(font.size);
    drawing.text(title, left, top, font);
    right = left - 20 * scale;
  }
}

function textsOf({ labels, range: [min, max] }: Legend): string[] {
  if (labels !== undefined) return labels.slice(0, MAX_LABELS).map(({ name }) => shorten(name));
  return ticksOf(min, max).map(({ text }) => text);
}

function titleOf({ title, unit }: Legend): string {
  return shorten(unit === undefined ? title : `${title} [${unit}]`);
}

/** A bar from left to right, its title above it and its numbers below. @returns the y below it */
function drawBarAcross(
  drawing: Drawing,
  { width, scale, font }: AnnotatedView,
  legend: Legend,
  top: number,
): number {
  const [min, max] = legend.range;
  const line = lineHeight(font.size);
  const length = BAR_LENGTH * width;
  const barHeight = 0.75 * BAR_WIDTH * scale;
  const left = (width - length) / 2;
  const bottom = top - line - barHeight;
  drawing.text(titleOf(legend), left, top - line / 2, font);
  drawing.rectangle(left - scale, bottom - scale, length + 2 * scale, barHeight + 2 * scale, font.halo);
  for (const [i, color] of stepsOf(legend).entries()) {
    drawing.rectangle(left + (length * i) / STEPS, bottom, length / STEPS, barHeight, color);
  }
  for (const { value, text } of ticksOf(min, max)) {
    const x = left + (max > min ? (value - min) / (max - min) : 0.5) * length;
    drawing.rectangle(x - scale / 2, bottom - 4 * scale, scale, 4 * scale, font.color);
    drawing.text(text, x, bottom - 6 * scale - line / 2, { ...font, align: "center" });
  }
  return bottom - 10 * scale - 1.5 * line;
}

/** The colors of a bar, from the lowest value on. */
function stepsOf({ colormap }: Legend): Rgba[] {
  const colors = colormapTable(colormap);
  return Array.from({ length: STEPS }, (_, i) => {
    const at = 3 * Math.round((255 * i) / (STEPS - 1));
    const [red = 0, green = 0, blue = 0] = colors.subarray(at, at + 3);
    return [red / 255, green / 255, blue / 255, 1];
  });
}

function drawBar(
  drawing: Drawing,
  { height, scale, font }: AnnotatedView,
  legend: Legend,
  left: number,
): void {
  const [min, max] = legend.range;
  const [bottom, length, barWidth] = [
    ((1 - BAR_HEIGHT) / 2) * height,
    BAR_HEIGHT * height,
    BAR_WIDTH * scale,
  ];
  drawing.rectangle(left - scale, bottom - scale, barWidth + 2 * scale, length + 2 * scale, font.halo);
  for (const [i, color] of stepsOf(legend).entries()) {
    drawing.rectangle(left, bottom + (length * i) / STEPS, barWidth, length / STEPS, color);
  }
  for (const { value, text } of ticksOf(min, max)) {
    const y = bottom + (max > min ? (value - min) / (max - min) : 0.5) * length;
    drawing.rectangle(left + barWidth, y - scale / 2, 4 * scale, scale, font.color);
    drawing.text(text, left + barWidth + 8 * scale, y, font);
  }
}

function drawLabels(
  drawing: Drawing,
  { height, scale, font }: AnnotatedView,
  labels: readonly Label[],
  left: number,
): void {
  const line = lineHeight(font.size);
  let y = height / 2 + (BAR_HEIGHT / 2) * height - line / 2;
  for (const { name, color } of labels.slice(0, MAX_LABELS)) {
    const [red, green, blue] = color;
    drawing.rectangle(left, y - 0.4 * line, BAR_WIDTH * scale, 0.8 * line, [red, green, blue, 1]);
    drawing.text(shorten(name), left + (BAR_WIDTH + 8) * scale, y, font);
    y -= line;
  }
  if (labels.length > MAX_LABELS) drawing.text(`and ${labels.length - MAX_LABELS} more`, left, y, font);
}

function ticksOf(min: number, max: number): { value: number; text: string }[] {
  const values = niceTicks(min, max, MAX_TICKS);
  const spacing = (values[1] ?? max) - (values[0] ?? min);
  return values.map((value) => ({ value, text: formatTick(value, Math.abs(spacing) || Math.abs(value)) }));
}

function shorten(text: string): string {
  return text.length <= MAX_TITLE ? text : `${text.slice(0, MAX_TITLE - 1)}…`;
}
