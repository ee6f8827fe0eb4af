/** What an expression was found to be in, as people read it, out: `f32[B, 784]`. */
import { type BoundDim, outermost, type Value } from '../../compiler/check/values.ts';
import type { Found } from './checking.ts';

/** Undefined where there is nothing to say. */
export function typeText({ value, run }: Found): string | undefined {
  const free = new Set(run.dimensions.filter(({ by }) => by === 'stand-in').map(({ name }) => name));
  const text = (one: Value): string | undefined => {
    switch (one.kind) {
      case 'number':
        return one.dim === undefined ? String(one.value) : extentText(one.dim, free);
      case 'boolean':
        return String(one.value);
      case 'string':
        return JSON.stringify(one.value);
      case 'tensor': {
        if (one.dims.length === 0) return one.dtype;
        return `${one.dtype}[${one.dims.map((dim) => dimText(dim, free)).join(', ')}]`;
      }
      case 'function':
        return 'fn';
      case 'layer':
        return 'layer';
      case 'optimizer':
        return 'optimizer';
      case 'instance':
        return one.layer.name.name;
      case 'tuple': {
        const parts = one.values.map(text);
        return parts.includes(undefined) ? undefined : `(${parts.join(', ')})`;
      }
      case 'unknown':
        return undefined;
      default:
        return one satisfies never;
    }
  };
  return text(value);
}

/** The types that a place has in all its expansions, each once. */
export const typeTexts = (found: readonly Found[]): readonly string[] => [
  ...new Set(found.flatMap((one) => typeText(one) ?? [])),
];

/** `B` where nobody bound it: the number only stands in for it. `N = B` where a layer calls it N. */
function dimText(dim: BoundDim, free: ReadonlySet<string>): string {
  const extent = extentText(dim, free);
  return dim.name === undefined || dim.name === extent ? extent : `${dim.name} = ${extent}`;
}

function extentText(dim: BoundDim, free: ReadonlySet<string>): string {
  const { name } = outermost(dim);
  return name !== undefined && free.has(name) ? name : String(dim.extent);
}
