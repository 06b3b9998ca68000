/**
 * three.js layer of the back faces of closed surfaces. Only holes show them, and they double what a software driver
 * has to draw, so a draft leaves this layer out.
 */
export const INSIDE_LAYER = 31;
