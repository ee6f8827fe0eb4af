/**
 * A function of one number t and its derivative at 0 as somebody says it in; whether central differences agree out.
 *
 * The difference is of fourth order, f'(0) = (8 (f(h) - f(-h)) - (f(2h) - f(-2h))) / 12h + O(h^4) (Fornberg 1988).
 * No step is right for all functions: a steep one needs a small step, rounding wants a large one. So several are
 * tried and the best counts. Where the slopes from the left and from the right differ, there is a kink, and no
 * derivative to agree with.
 */

export interface Agreement {
  readonly verdict: 'agrees' | 'disagrees' | 'kink';
  /** |claimed - difference| / scale. */
  readonly error: number;
  /** What differences say. */
  readonly difference: number;
}

const steps = [1e-3, 1e-4, 1e-5, 1e-6, 1e-2] as const;
const oneSided = 1e-7;

/** `scale` is what errors are relative to. */
export function agreement(
  f: (t: number) => number,
  claimed: number,
  scale: number,
  tolerance: number,
): Agreement {
  let best = { error: Number.POSITIVE_INFINITY, difference: Number.NaN };
  for (const h of steps) {
    const difference = (8 * (f(h) - f(-h)) - (f(2 * h) - f(-2 * h))) / (12 * h);
    const error = Math.abs(claimed - difference) / scale;
    if (error < best.error || Number.isNaN(best.difference)) best = { error, difference };
    if (error <= tolerance) return { verdict: 'agrees', ...best };
  }
  const here = f(0);
  const right = (f(oneSided) - here) / oneSided;
  const left = (here - f(-oneSided)) / oneSided;
  const kink = Math.abs(right - left) > 1e-3 * scale;
  return { verdict: kink ? 'kink' : 'disagrees', ...best };
}
