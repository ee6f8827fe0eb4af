/** The colours of pages without scripts: each by its name on light paper and on dark, as the reader's system has it. */

const colours = {
  paper: ['#f7f7f5', '#14161a'],
  card: ['#ffffff', '#1b1e24'],
  ink: ['#1d2129', '#e4e7ec'],
  dim: ['#5d6675', '#98a2b3'],
  rule: ['#dfe2e7', '#2e333c'],
  a: ['#1d5fd1', '#7fb2ff'],
  b: ['#c2571a', '#f0a367'],
  c: ['#14795a', '#5cc9a0'],
  d: ['#b3297f', '#f08cc4'],
} as const;

type Colour = keyof typeof colours;

/** Of a page; its rules then say `var(--ink)`. */
export const paletteStyle = `:root { color-scheme: light dark; ${Object.entries(colours)
  .map(([name, [light, dark]]) => `--${name}: light-dark(${light}, ${dark});`)
  .join(' ')} }`;

/** In a picture, which may be taken out of its page: there it has the colour on light paper. */
export const pictureColour = (name: Colour): string => `var(--${name}, ${colours[name][0]})`;

/** Of things that are told apart, in this order. */
export const seriesColours: readonly string[] = (['a', 'b', 'c', 'd'] as const).map(pictureColour);
