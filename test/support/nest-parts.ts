/** Small ways to write loop nests by hand. */
import type { Affine } from '../../compiler/index/affine.ts';
import { add, constant, scale, variable } from '../../compiler/index/build.ts';
import {
  type Buffer,
  localName,
  type Memory,
  type Nest,
  type Statement,
  type Term,
  workgroupName,
} from '../../compiler/nest/nest.ts';
import { call, indexTerm, literal } from '../../compiler/nest/terms.ts';

export const local = variable(localName);
export const workgroup = variable(workgroupName);
export const at = constant;

export const buffer = (name: string, size: number, access: Buffer['access'] = 'read'): Buffer => ({
  name,
  dtype: 'f32',
  size,
  access,
});

export const memory = (name: string, size: number, scope: Memory['scope'] = 'workgroup'): Memory => ({
  name,
  scope,
  dtype: 'f32',
  size,
  lanes: 1,
});

export const barrier: Statement = { kind: 'barrier', orders: 'memories' };

/** Two workgroups of four threads, unless told; `ranges` of further names as extents. */
export function nestOf({
  ranges = {},
  ...parts
}: Partial<Omit<Nest, 'ranges'>> & {
  readonly body: readonly Statement[];
  readonly ranges?: Readonly<Record<string, number>>;
}): Nest {
  const { workgroups = 2, workgroupSize = 4 } = parts;
  const extents = { [workgroupName]: workgroups, [localName]: workgroupSize, ...ranges };
  return {
    buffers: [],
    memories: [],
    ...parts,
    workgroups,
    workgroupSize,
    ranges: new Map(Object.entries(extents).map(([name, extent]) => [name, { min: 0, max: extent - 1 }])),
  };
}

/** Of the simple nest: buffer 0 is read, buffer 1 is written, the memory is `m`. */
export const everyThread = add(scale(workgroup, 4), local);
export const load = (position: Affine, anywhere = false, from = 0): Term => ({
  kind: 'load',
  dtype: 'f32',
  lanes: 1,
  buffer: from,
  position,
  anywhere,
});
export const recall = (position: Affine): Term => ({
  kind: 'recall',
  dtype: 'f32',
  lanes: 1,
  memory: 'm',
  position,
});
export const keep = (position: Affine, value: Term): Statement => ({
  kind: 'keep',
  memory: 'm',
  position,
  value,
});
export const store = (position: Affine, value: Term): Statement => ({
  kind: 'store',
  buffer: 1,
  position,
  value,
});
export const number = (value: number): Term => literal(value, 'f32');
export const localTerm = indexTerm(local, 'u32');
export const ifFirst = (...body: readonly Statement[]): Statement => ({
  kind: 'if',
  condition: call('equal', 'bool', localTerm, literal(0, 'u32')),
  body,
});

/** `x` of 8 is read, `y` of `size` is written, `m` of 4 is shared. */
export const simpleNest = (
  body: readonly Statement[],
  size = 8,
  ranges: Readonly<Record<string, number>> = {},
): Nest =>
  nestOf({
    body,
    buffers: [buffer('x', 8), buffer('y', size, 'read_write')],
    memories: [memory('m', 4)],
    ranges,
  });
