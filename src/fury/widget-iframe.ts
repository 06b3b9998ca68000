/** Deno's convention, which JavaScript kernels for Jupyter follow: the kernel calls this method to display an object. */
export const JUPYTER_DISPLAY: unique symbol = Symbol.for("Jupyter.display");

/** Output by MIME type. */
export interface MimeBundle {
  "text/html": string;
}

/** A value that JavaScript notebook kernels display. */
export interface NotebookOutput {
  readonly [JUPYTER_DISPLAY]: () => MimeBundle | Promise<MimeBundle>;
}

/**
 * The HTML of an iframe of full width.
 * @param url absolute, or relative to the page that contains the iframe
 * @param height px
 * @throws RangeError for a height that is not a number above 0
 */
export function iframeHtml(url: string, height: number): string {
  if (!(height > 0 && Number.isFinite(height))) {
    throw new RangeError(`The height of the frame must be above 0 px; it is ${height}.`);
  }
  return (
    `<iframe src="${Bun.escapeHTML(url)}" width="100%" height="${Math.round(height)}" ` +
    `title="Live 3D view" allow="fullscreen" style="border: 0"></iframe>`
  );
}
