import { html, type SVGTemplateResult, svg, type TemplateResult } from "lit-html";

function icon(paths: SVGTemplateResult): TemplateResult {
  return html`<svg viewBox="0 0 24 24" aria-hidden="true">${paths}</svg>`;
}

export const ICONS = {
  chevron: html`<svg class="chevron" viewBox="0 0 24 24" aria-hidden="true"><path d="M9.5 6.5 15 12l-5.5 5.5" /></svg>`,
  reset: icon(svg`<path d="M5.5 12a6.5 6.5 0 1 0 2-4.7" /><path d="M5.5 5v3.5H9" />`),
  reverse: icon(svg`<path d="M4.5 9h14M15 5.5 18.5 9M19.5 15h-14M9 18.5 5.5 15" />`),
  shown: icon(
    svg`<path d="M2.8 12s3.4-6 9.2-6 9.2 6 9.2 6-3.4 6-9.2 6-9.2-6-9.2-6z" /><circle cx="12" cy="12" r="2.6" />`,
  ),
  hidden: icon(
    svg`<path d="M3.5 10c1.6 2.6 4.6 5 8.5 5s6.9-2.4 8.5-5M6 13.3l-1.8 2.2M18 13.3l1.8 2.2M12 15v3" />`,
  ),
  up: icon(svg`<path d="M12 18.5V6M6.5 11.5 12 6l5.5 5.5" />`),
  down: icon(svg`<path d="M12 5.5V18M6.5 12.5 12 18l5.5-5.5" />`),
  focus: icon(
    svg`<path d="M4 8.500V4h4.500M15.500 4H20v4.500M20 15.500V20h-4.500M8.500 20H4v-4.500" /><circle cx="12" cy="12" r="2.6" />`,
  ),
  grip: icon(svg`<path d="M9 6h.1M15 6h.1M9 12h.1M15 12h.1M9 18h.1M15 18h.1" />`),
  warning: icon(svg`<path d="M12 4.5 21 19.5H3zM12 10v4.5M12 17v.1" />`),
  play: icon(svg`<path d="M7.5 5v14l11.5-7z" />`),
  stop: icon(svg`<path d="M8 5.5v13M16 5.5v13" />`),
  previous: icon(svg`<path d="M17.5 6v12L9 12zM6.5 6v12" />`),
  next: icon(svg`<path d="M6.5 6v12l8.5-6zM17.5 6v12" />`),
  close: icon(svg`<path d="M6 6l12 12M18 6 6 18" />`),
};
