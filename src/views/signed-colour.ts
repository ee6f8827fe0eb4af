/** A share from -1 to 1 in, a colour out: nothing at 0, blue below it and orange above. */
import type { Colour } from './png.ts';

export const signedColour = (share: number): Colour =>
  share < 0 ? [0.15, 0.45, 0.95, -share] : [0.95, 0.5, 0.1, share];
