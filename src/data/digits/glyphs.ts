/**
 * The ways a hand draws each digit: a source of random numbers in, strokes out.
 *
 * A stroke is a list of points in a box, x from 0 (left) to 1 (right), y from 0 (top) to 1 (bottom); the
 * renderer draws a smooth curve through them. A corner is where one stroke ends and the next begins. Sizes of
 * bows and loops vary within a way of writing.
 */
import type { Random } from '../random.ts';

export type Point = readonly [x: number, y: number];
export type Stroke = readonly Point[];
type Drawing = (random: Random) => readonly Stroke[];

/** Points on an ellipse; angles in turns, 0 at the right, growing clockwise (y points down). */
function arc(cx: number, cy: number, rx: number, ry: number, from: number, to: number): Stroke {
  const steps = Math.max(3, Math.ceil(Math.abs(to - from) * 10));
  return Array.from({ length: steps + 1 }, (_, k) => {
    const angle = 2 * Math.PI * (from + ((to - from) * k) / steps);
    return [cx + rx * Math.cos(angle), cy + ry * Math.sin(angle)] as const;
  });
}

/** Points given as x, y, x, y, … */
function line(...numbers: readonly number[]): Stroke {
  return Array.from(
    { length: numbers.length / 2 },
    (_, k) => [numbers[2 * k]!, numbers[2 * k + 1]!] as const,
  );
}

const zero: readonly Drawing[] = [
  (r) => [
    arc(0.5, 0.5, r.between(0.28, 0.46), 0.48, -0.25 + r.between(-0.1, 0.1), -1.25 + r.between(-0.12, 0.06)),
  ],
  (r) => {
    const rx = r.between(0.2, 0.34);
    return [arc(0.5, 0.5, rx, 0.48, -0.2, -1.2 - r.between(0, 0.08))];
  },
];

const one: readonly Drawing[] = [
  () => [line(0.5, 0.02, 0.5, 0.5, 0.5, 0.98)],
  (r) => {
    const flag = r.between(0.12, 0.3);
    return [
      line(0.52 - flag, 0.04 + flag * r.between(0.5, 1), 0.52, 0.02),
      line(0.52, 0.02, 0.51, 0.5, 0.5, 0.98),
    ];
  },
  (r) => {
    const flag = r.between(0.12, 0.25);
    const foot = r.between(0.15, 0.3);
    return [
      line(0.5 - flag, 0.04 + flag * 0.8, 0.5, 0.02),
      line(0.5, 0.02, 0.5, 0.5, 0.5, 0.97),
      line(0.5 - foot, 0.97, 0.5 + foot, 0.97),
    ];
  },
];

const two: readonly Drawing[] = [
  (r) => {
    const cy = r.between(0.24, 0.32);
    return [
      [...arc(0.48, cy, r.between(0.3, 0.4), cy, -0.48, 0.08), [0.55, 0.66], [0.14, 0.96]],
      line(0.14, 0.96, 0.5, 0.95, 0.88, r.between(0.9, 0.98)),
    ];
  },
  (r) => {
    const loop = r.between(0.06, 0.12);
    const cy = r.between(0.24, 0.3);
    return [
      [
        ...arc(0.5, cy, r.between(0.28, 0.36), cy, -0.45, 0.06),
        [0.58, 0.62],
        [0.3, 0.9],
        [0.18, 0.96],
        [0.1, 0.9 - loop],
        [0.26, 0.84 - loop],
        [0.5, 0.93],
        [0.72, 0.97],
        [0.92, 0.88],
      ],
    ];
  },
];

const three: readonly Drawing[] = [
  (r) => {
    const waist = r.between(0.42, 0.5);
    const lower = (1 - waist) / 2;
    return [
      [...arc(0.44, waist / 2, r.between(0.3, 0.38), waist / 2, -0.42, 0.18), [0.44, waist]],
      [[0.44, waist], ...arc(0.44, waist + lower, r.between(0.34, 0.44), lower, -0.2, 0.42)],
    ];
  },
  (r) => {
    const waist = r.between(0.38, 0.46);
    return [
      line(0.14, 0.05, 0.5, 0.04, 0.8, 0.05),
      line(0.8, 0.05, 0.6, 0.24, 0.44, waist),
      [[0.44, waist], ...arc(0.44, (1 + waist) / 2, r.between(0.34, 0.42), (1 - waist) / 2, -0.16, 0.43)],
    ];
  },
];

const four: readonly Drawing[] = [
  (r) => {
    const bar = r.between(0.5, 0.66);
    const left = r.between(0.1, 0.22);
    return [
      line(left + 0.04, 0.06, left, 0.3, left - 0.02, bar, 0.4, bar + 0.02, 0.8, bar - 0.02),
      line(0.74, r.between(0.02, 0.14), 0.72, 0.5, 0.68, 0.98),
    ];
  },
  (r) => {
    const bar = r.between(0.6, 0.72);
    return [
      line(0.66, 0.03, 0.4, 0.32, 0.08, bar),
      line(0.08, bar, 0.5, bar, 0.96, bar - r.between(0, 0.05)),
      line(0.66, 0.03, 0.66, 0.5, 0.65, 0.98),
    ];
  },
];

const five: readonly Drawing[] = [
  (r) => {
    const shoulder = r.between(0.36, 0.46);
    const left = r.between(0.16, 0.26);
    return [
      line(0.84, 0.04, 0.55, 0.05, left + 0.02, 0.05),
      line(left + 0.02, 0.05, left, 0.2, left - 0.01, shoulder + 0.03),
      [
        [left - 0.01, shoulder + 0.03],
        ...arc(0.45, (1 + shoulder) / 2, r.between(0.34, 0.42), (1 - shoulder) / 2, -0.27, 0.4),
      ],
    ];
  },
  (r) => {
    const shoulder = r.between(0.36, 0.44);
    return [
      [
        [0.9, 0.05],
        [0.6, 0.03],
        [0.36, 0.06],
        [0.26, 0.2],
        [0.24, shoulder],
        ...arc(0.44, (1 + shoulder) / 2, r.between(0.32, 0.4), (1 - shoulder) / 2, -0.22, 0.38),
      ],
    ];
  },
];

const six: readonly Drawing[] = [
  (r) => {
    const top = r.between(0.42, 0.54);
    const ry = (1 - top) / 2;
    const rx = r.between(0.26, 0.36);
    return [
      [
        [r.between(0.55, 0.8), 0.02],
        [0.4, 0.2],
        [0.24, 0.46],
        ...arc(0.48, 1 - ry, rx, ry, 0.5, -0.5 - r.between(0, 0.06)),
      ],
    ];
  },
  (r) => {
    const ry = r.between(0.2, 0.26);
    return [[[0.44, 0.02], [0.24, 0.3], [0.18, 0.6], ...arc(0.47, 0.98 - ry, 0.3, ry, 0.45, -0.55)]];
  },
];

const seven: readonly Drawing[] = [
  (r) => [
    line(0.1, r.between(0.04, 0.1), 0.5, 0.05, 0.88, 0.05),
    line(0.88, 0.05, 0.62, 0.45, r.between(0.3, 0.46), 0.98),
  ],
  (r) => [
    line(0.12, 0.06, 0.5, 0.05, 0.86, 0.05),
    line(0.86, 0.05, 0.6, 0.5, r.between(0.32, 0.44), 0.98),
    line(0.34, r.between(0.46, 0.54), 0.84, r.between(0.44, 0.52)),
  ],
  (r) => [
    line(0.12, r.between(0.16, 0.24), 0.14, 0.06, 0.5, 0.07, 0.78, 0.03, 0.86, 0.06, 0.64, 0.4, 0.5, 0.98),
  ],
];

const eight: readonly Drawing[] = [
  (r) => {
    const waist = r.between(0.42, 0.5);
    const top = r.between(0.22, 0.32);
    const bottom = r.between(0.28, 0.4);
    return [
      line(
        0.5 + top * 0.9,
        waist * 0.3,
        0.5,
        0.02,
        0.5 - top,
        waist * 0.45,
        0.5,
        waist,
        0.5 + bottom,
        (1 + waist) / 2 + 0.03,
        0.5,
        0.98,
        0.5 - bottom,
        (1 + waist) / 2 + 0.03,
        0.5,
        waist,
        0.5 + top,
        waist * 0.5,
        0.5 + top * 0.7,
        waist * 0.2,
      ),
    ];
  },
  (r) => {
    const waist = r.between(0.42, 0.5);
    return [
      arc(0.5, waist / 2, r.between(0.2, 0.3), waist / 2, 0.25, -0.78),
      arc(0.5, (1 + waist) / 2, r.between(0.26, 0.38), (1 - waist) / 2, -0.25, 0.78),
    ];
  },
];

const nine: readonly Drawing[] = [
  (r) => {
    const ry = r.between(0.2, 0.28);
    const rx = r.between(0.26, 0.36);
    return [
      arc(0.48, ry + 0.02, rx, ry, -0.05, -1.05),
      line(0.48 + rx, ry * 0.8, 0.48 + rx - 0.02, 0.5, r.between(0.6, 0.8), 0.98),
    ];
  },
  (r) => {
    const ry = r.between(0.22, 0.28);
    return [
      [
        ...arc(0.46, ry + 0.02, 0.32, ry, -0.1, -1),
        [0.77, 0.55],
        [0.68, 0.86],
        [0.42, 0.98],
        [r.between(0.12, 0.24), 0.88],
      ],
    ];
  },
];

const drawings: readonly (readonly Drawing[])[] = [
  zero,
  one,
  two,
  three,
  four,
  five,
  six,
  seven,
  eight,
  nine,
];

/** One of the ways to write a digit. */
export function drawDigit(digit: number, random: Random): readonly Stroke[] {
  const ways = drawings[digit]!;
  return ways[random.below(ways.length)]!(random);
}
