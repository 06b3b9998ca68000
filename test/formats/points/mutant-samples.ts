/** Files of points to damage, by the extension of the format. */
export const POINT_SAMPLES = {
  csv: [
    "x,y,z,intensity,r,g,b\n1,2,3,0.5,255,0,0\n4,5,6,,0,255,0\n7,8,9,2,0,0,255\n1,1,1,1,1,1,1\n",
    "1,5;2;3;4\n4;5,5;6;7\n7;8;9;10\n",
  ],
  pts: [
    "3\n0 0 0 -100 255 0 0\n1 0 0 -90 0 255 0\n# c\n2 5e5 0 7 0 0 255",
    "0 0 0 0.1 0.2 0.3\r1 1 1 1 1 1\r",
  ],
} satisfies Record<string, (string | Uint8Array)[]>;
