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

const lightColours = new Map(
  (Object.keys(colours) as Colour[]).map((name) => [pictureColour(name), colours[name][0]] as const),
);

/** A picture's colour as it is on light paper, for what knows no variables; anything else as it is. */
export const onPaper = (attribute: string): string => lightColours.get(attribute) ?? attribute;

/** Of a page: what is wider than its place scrolls, and fades out on the side where there is more. */
export const scrollingStyle = `@property --before { syntax: "<length>"; inherits: false; initial-value: 0px; }
@property --after { syntax: "<length>"; inherits: false; initial-value: 0px; }
@keyframes ends { from { --after: 28px; } to { --before: 28px; } }
.scrolls {
  overflow-x: auto; animation: ends linear; animation-timeline: scroll(self inline);
  mask-image: linear-gradient(to right, transparent, black var(--before), black calc(100% - var(--after)), transparent);
}`;

/** Of things that are told apart, in this order. */
export const seriesColours: readonly string[] = (['a', 'b', 'c', 'd'] as const).map(pictureColour);
