/**
 * A function of one number t and its derivative at 0 as somebody says it in; whether central differences agree out.
 *
 * The difference is of fourth order, f'(0) = (8 (f(h) - f(-h)) - (f(2h) - f(-2h))) / 12h + O(h^4) (Fornberg 1988).
 * No step is right for all functions: a steep one needs a small step, rounding wants a large one. So several are
 * tried and the best counts. Where the slopes from the left and from the right differ by more than what is wrong, and
 * that not because of a curvature, there is a kink, and no derivative to agree with.
 */

export interface Agreement {
  readonly verdict: 'agrees' | 'disagrees' | 'kink';
  /** |claimed - difference| / scale. */
  readonly error: number;
  /** What differences say. */
  readonly difference: number;
}

const steps = [1e-3, 1e-4, 1e-5, 1e-6, 1e-2, 1e-7] as const;
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
  return { verdict: isKink(f, claimed, scale) ? 'kink' : 'disagrees', ...best };
}

function isKink(f: (t: number) => number, claimed: number, scale: number): boolean {
  const here = f(0);
  const slopes = (h: number) => ({ right: (f(h) - here) / h, left: (here - f(-h)) / h });
  const { right, left } = slopes(oneSided);
  const jump = Math.abs(right - left);
  if (jump > 1e-3 * scale) return true;
  // A bend of a smooth function shows ten times as much over ten times the step.
  const wide = slopes(10 * oneSided);
  const bends = jump < 0.3 * Math.abs(wide.right - wide.left);
  return !bends && jump > Math.abs((right + left) / 2 - claimed);
}
