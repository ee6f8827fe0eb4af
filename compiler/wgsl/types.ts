/** Element types and lanes in, WGSL type names out. A bool is a u32 in memory. */

import type { Lanes } from '../nest/nest.ts';
import type { DType } from '../scalar/expr.ts';

const vectors = { f32: 'vec4f', i32: 'vec4i', u32: 'vec4u', bool: 'vec4<bool>' } as const satisfies Record<
  DType,
  string
>;

export const typeText = (dtype: DType, lanes: Lanes): string => (lanes === 4 ? vectors[dtype] : dtype);

export const storedType = (dtype: DType): DType => (dtype === 'bool' ? 'u32' : dtype);
