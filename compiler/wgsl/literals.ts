/** Numbers in, WGSL literals out: never NaN or infinity, an f32 always with a point or an exponent. */
import { InternalError } from '../internal-error.ts';
import type { DType } from '../scalar/expr.ts';

const largestFloat = 3.4028234663852886e38;
const smallestNormal = 1.1754943508222875e-38;

export function literalText(value: number, dtype: DType): string {
  if (Number.isNaN(value)) throw new InternalError('NaN is not a constant', { pass: 'wgsl' });
  switch (dtype) {
    case 'bool':
      return value === 0 ? 'false' : 'true';
    case 'u32':
      return `${value}u`;
    case 'i32':
      // 2147483648 alone is too large before the sign is applied.
      if (value === -2_147_483_648) return 'i32(-2147483648)';
      return value < 0 ? `(${value})` : `${value}`;
    case 'f32':
      return floatText(value);
    default:
      return dtype satisfies never;
  }
}

function floatText(value: number): string {
  const held = Math.fround(Math.max(-largestFloat, Math.min(largestFloat, value)));
  const magnitude = Math.abs(held);
  const text = magnitude === 0 ? '0.0' : (decimalText(magnitude) ?? hexText(magnitude));
  return held < 0 || Object.is(held, -0) ? `(-${text})` : text;
}

/** The shortest decimal that reads back as the same f32; none where a reader might go wrong. */
function decimalText(magnitude: number): string | undefined {
  if (magnitude < smallestNormal || magnitude > 3.4e38) return undefined;
  for (let digits = 1; digits <= 9; digits++) {
    const text = String(Number(magnitude.toPrecision(digits)));
    if (Math.fround(Number(text)) === magnitude) return /[.e]/.test(text) ? text : `${text}.0`;
  }
  return undefined;
}

/** `0x1.fffffep+127f`: exact for every f32. */
function hexText(magnitude: number): string {
  const exponent = Math.floor(Math.log2(magnitude));
  const scaled = magnitude / 2 ** exponent;
  // Rounding in log2 may be off by one near powers of two.
  const shift = scaled >= 2 ? 1 : scaled < 1 ? -1 : 0;
  const fraction = scaled / 2 ** shift - 1;
  const digits = Math.round(fraction * 2 ** 24)
    .toString(16)
    .padStart(6, '0')
    .replace(/0+$/, '');
  const power = exponent + shift;
  return `0x1${digits === '' ? '' : `.${digits}`}p${power < 0 ? '-' : '+'}${Math.abs(power)}f`;
}
