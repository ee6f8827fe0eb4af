/** The type and the lanes of a value, compared and as text. */
import type { Term } from '../nest.ts';

export type Typed = Pick<Term, 'dtype' | 'lanes'>;

export const typeOf = ({ dtype, lanes }: Typed): Typed => ({ dtype, lanes });

export const sameType = (a: Typed, b: Typed): boolean => a.dtype === b.dtype && a.lanes === b.lanes;

export const typeText = ({ dtype, lanes }: Typed): string => (lanes === 1 ? dtype : `${lanes} x ${dtype}`);
