/** Recurrent layers as the text of their equations: a start of zeros, the input product outside of the loop. */

export interface Sizes {
  readonly T: number;
  readonly B?: number;
  readonly J?: number;
}

const sigmoid = (x: string): string => `(1.0 / (1.0 + exp(-(${x}))))`;
const before = (at: string): string => `(if 1 <= t then ${at} else 0.0)`;

export const lstm = ({ T, B = 4, J = 8 }: Sizes): string => `
  input %x[b: ${B}, t: ${T}, i: 3]: f32
  param %W[g: 4, j: ${J}, i: 3]: f32
  param %U[g: 4, j: ${J}, k: ${J}]: f32
  param %bias[g: 4, j: ${J}]: f32
  %p[b: ${B}, t: ${T}, g: 4, j: ${J}]: f32 = sum[i: 3] %W[g, j, i] * %x[b, t, i]
  %q[b: ${B}, t: ${T}, g: 4, j: ${J}]: f32 = sum[k: ${J}] %U[g, j, k] * ${before('%h[b, t - 1, k]')}
  %z[b: ${B}, t: ${T}, g: 4, j: ${J}]: f32 = %bias[g, j] + %p[b, t, g, j] + %q[b, t, g, j]
  %c[b: ${B}, t: ${T}, j: ${J}]: f32 = ${sigmoid('%z[b, t, 1, j]')} * ${before('%c[b, t - 1, j]')} + ${sigmoid('%z[b, t, 0, j]')} * tanh(%z[b, t, 2, j])
  %h[b: ${B}, t: ${T}, j: ${J}]: f32 = ${sigmoid('%z[b, t, 3, j]')} * tanh(%c[b, t, j])
  result output %h`;

/** The reset gate is applied before the product, as in Cho et al. 2014. */
export const gru = ({ T, B = 4, J = 8 }: Sizes): string => `
  input %x[b: ${B}, t: ${T}, i: 3]: f32
  param %W[g: 3, j: ${J}, i: 3]: f32
  param %U[g: 2, j: ${J}, k: ${J}]: f32
  param %N[j: ${J}, k: ${J}]: f32
  %p[b: ${B}, t: ${T}, g: 3, j: ${J}]: f32 = sum[i: 3] %W[g, j, i] * %x[b, t, i]
  %a[b: ${B}, t: ${T}, g: 2, j: ${J}]: f32 = sum[k: ${J}] %U[g, j, k] * ${before('%h[b, t - 1, k]')}
  %r[b: ${B}, t: ${T}, j: ${J}]: f32 = ${sigmoid('%p[b, t, 0, j] + %a[b, t, 0, j]')} * ${before('%h[b, t - 1, j]')}
  %n[b: ${B}, t: ${T}, j: ${J}]: f32 = sum[k: ${J}] %N[j, k] * %r[b, t, k]
  %u[b: ${B}, t: ${T}, j: ${J}]: f32 = ${sigmoid('%p[b, t, 1, j] + %a[b, t, 1, j]')}
  %h[b: ${B}, t: ${T}, j: ${J}]: f32 = %u[b, t, j] * ${before('%h[b, t - 1, j]')} + (1.0 - %u[b, t, j]) * tanh(%p[b, t, 2, j] + %n[b, t, j])
  result output %h`;
