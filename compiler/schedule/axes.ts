/**
 * The loops of a kernel: its indices in, axes out, in which neighbours that every access walks as one are one.
 *
 * `y[b, d] = x[b, d] * s` with b: 4096 and d: 1024 touches only positions 1024*b + d: that is one axis of
 * 4194304. `x[b, d] * w[d]` is not.
 */
import type { Affine, Ranges } from '../index/affine.ts';
import { divide, modulo } from '../index/build.ts';
import { variablesOf } from '../index/query.ts';
import type { Index } from '../ir/graph.ts';

export interface Axis {
  readonly name: string;
  readonly extent: number;
  /** The indices it stands for, outermost first; usually one. */
  readonly members: readonly Index[];
}

export function axesOf(indices: readonly Index[], forms: readonly Affine[]): readonly Axis[] {
  const axes: Axis[] = [];
  for (const index of indices) {
    const last = axes.at(-1);
    const inner = last?.members.at(-1);
    if (last !== undefined && inner !== undefined && forms.every((form) => walksAsOne(form, inner, index))) {
      const members = [...last.members, index];
      axes[axes.length - 1] = {
        name: members.map((m) => m.name).join('_'),
        extent: last.extent * index.extent,
        members,
      };
    } else {
      axes.push({ name: index.name, extent: index.extent, members: [index] });
    }
  }
  return axes;
}

/** Does the form contain `outer` and `inner` only as (inner's extent * outer + inner) times something? */
function walksAsOne(form: Affine, outer: Index, inner: Index): boolean {
  const coefficient = (name: string): number =>
    form.terms.find(({ atom }) => atom.kind === 'index' && atom.name === name)?.coefficient ?? 0;
  const hidden = form.terms.some(({ atom }) => {
    if (atom.kind === 'index') return false;
    const names = variablesOf(atom.of);
    return names.has(outer.name) || names.has(inner.name);
  });
  return !hidden && coefficient(outer.name) === inner.extent * coefficient(inner.name);
}

/** The indices of an axis at a position of it. */
export function indicesOf(
  axis: Axis,
  position: Affine,
  ranges: Ranges,
): readonly (readonly [string, Affine])[] {
  const result: (readonly [string, Affine])[] = [];
  let rest = position;
  for (const member of [...axis.members].reverse()) {
    const last = member === axis.members[0];
    result.unshift([member.name, last ? rest : modulo(rest, member.extent, ranges)]);
    rest = divide(rest, member.extent, ranges);
  }
  return result;
}

/** Row-major coordinates of a position: `[p div 12, (p div 4) mod 3, p mod 4]`. */
export function unflatten(position: Affine, extents: readonly number[], ranges: Ranges): readonly Affine[] {
  const result: Affine[] = [];
  let rest = position;
  for (const [k, extent] of [...extents].reverse().entries()) {
    result.unshift(k === extents.length - 1 ? rest : modulo(rest, extent, ranges));
    rest = divide(rest, extent, ranges);
  }
  return result;
}
