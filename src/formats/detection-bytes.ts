/** Number of bytes at the start of a file that are read for format detection. */
export const DETECTION_BYTES = 65_536;
