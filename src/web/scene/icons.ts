import { html, type SVGTemplateResult, svg } from "lit-html";

const icon = (paths: SVGTemplateResult) => html`<svg viewBox="0 0 24 24" aria-hidden="true">${paths}</svg>`;

export const VIEW_ICONS = {
  keep: icon(svg`<path d="M12 5v14M5 12h14" />`),
  link: icon(
    svg`<path d="M10 14a4 4 0 0 0 5.7 0l3-3A4 4 0 0 0 13 5.300l-1 1M14 10a4 4 0 0 0-5.7 0l-3 3a4 4 0 0 0 5.7 5.700l1-1" />`,
  ),
  save: icon(svg`<path d="M12 4v10.500M7.5 10.5 12 15l4.5-4.500M5 19.500h14" />`),
  open: icon(svg`<path d="M4 18.500v-12h5l2 2.500h8v2.500M4 18.500l2.6-7H21l-2.6 7z" />`),
  rename: icon(
    svg`<path d="M5 19l.8-3.600L16 5.200a1.500 1.500 0 0 1 2.100 0l.700.700a1.500 1.500 0 0 1 0 2.100L8.600 18.200zM14.300 6.900l2.800 2.800" />`,
  ),
  before: icon(svg`<path d="M18.500 12H6M11.500 6.500 6 12l5.500 5.500" />`),
  close: icon(svg`<path d="M7 7l10 10M17 7 7 17" />`),
};
