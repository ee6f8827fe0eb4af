/** The meaning of nests: what they compute, and every way in which one may be wrong. */
import { describe, expect, test } from 'vitest';
import type { Affine } from '../../compiler/index/affine.ts';
import { add, constant, scale, variable } from '../../compiler/index/build.ts';
import { runNest } from '../../compiler/nest/evaluate/run.ts';
import type { Nest, Statement, Term } from '../../compiler/nest/nest.ts';
import {
  call,
  compose,
  indexTerm,
  lane,
  less,
  literal,
  name,
  select,
  widen,
} from '../../compiler/nest/terms.ts';
import {
  at,
  barrier,
  buffer,
  everyThread,
  ifFirst,
  keep,
  load,
  local,
  localTerm,
  memory,
  simpleNest as nest,
  nestOf,
  number,
  recall,
  store,
  workgroup,
} from '../support/nest-parts.ts';

const numbers = Float64Array.from([1, 2, 3, 4, 5, 6, 7, 8]);
const run = (wrong: Nest, y?: Float64Array): readonly number[] => [
  ...runNest('test', wrong, [numbers, y])[1]!,
];

describe('races', () => {
  const shared = (between: readonly Statement[]): Nest =>
    nest([
      keep(local, load(everyThread)),
      ...between,
      store(everyThread, recall(add(constant(3), scale(local, -1)))),
    ]);

  test('threads of a workgroup meet at a barrier', () => {
    expect(run(shared([barrier]))).toEqual([4, 3, 2, 1, 8, 7, 6, 5]);
  });

  test('a read of what another thread writes, or will write', () => {
    expect(() => run(shared([]))).toThrow(
      'thread 0 of workgroup 0 reads m at 3 - local = 3, which nobody wrote',
    );
    const reversed = nest([
      keep(local, load(everyThread)),
      barrier,
      keep(local, recall(add(constant(3), scale(local, -1)))),
      store(everyThread, number(0)),
    ]);
    expect(() => run(reversed)).toThrow('reads m at 3 - local = 1, which thread 1 of workgroup 0 wrote');
  });

  test('a write of what another thread has read', () => {
    const wrong = nest([
      keep(local, load(everyThread)),
      barrier,
      store(everyThread, recall(at(3))),
      keep(local, number(0)),
    ]);
    expect(() => run(wrong)).toThrow(
      'thread 3 of workgroup 0 writes m at local = 3, which several threads touched',
    );
  });

  test('two threads write one place, even the same number', () => {
    expect(() => run(nest([keep(at(0), number(1))]))).toThrow('which thread 0 of workgroup 0 touched');
    expect(() => run(nest([store(workgroup, number(1))], 2))).toThrow(
      'writes y at workgroup = 0, which thread 0',
    );
    expect(run(nest([ifFirst(store(workgroup, number(1)))], 2))).toEqual([1, 1]);
  });

  test('two workgroups write one place, barrier or not', () => {
    const orders: Statement = { kind: 'barrier', orders: 'buffers' };
    for (const between of [[], [orders]]) {
      expect(() => run(nest([...between, ifFirst(store(at(0), number(1)))], 1))).toThrow(
        'thread 0 of workgroup 1 writes y at 0 = 0, which thread 0 of workgroup 0 touched',
      );
    }
  });

  test('a read of what another thread overwrites', () => {
    const overwrite = (between: readonly Statement[]): Nest =>
      nest(
        [
          { kind: 'let', name: 'old', value: load(workgroup, false, 1) },
          ...between,
          ifFirst(store(workgroup, name('old', 'f32'))),
        ],
        2,
      );
    expect(() => run(overwrite([]), Float64Array.of(5, 6))).toThrow('which thread 0 of workgroup 0 wrote');
    expect(() => run(overwrite([barrier]), Float64Array.of(5, 6))).toThrow('touched');
    expect(run(overwrite([{ kind: 'barrier', orders: 'buffers' }]), Float64Array.of(5, 6))).toEqual([5, 6]);
  });

  test('a barrier in a loop is met in every turn', () => {
    const loop = (body: readonly Statement[]): Nest =>
      nest(
        [
          { kind: 'var', name: 'sum', value: number(0) },
          { kind: 'loop', name: 'k', from: at(0), until: 2, by: 1, body },
          store(everyThread, name('sum', 'f32')),
        ],
        8,
        { k: 2 },
      );
    const next: Statement = {
      kind: 'assign',
      name: 'sum',
      value: call('add', 'f32', name('sum', 'f32'), recall(add(constant(3), scale(local, -1)))),
    };
    expect(run(loop([keep(local, load(local)), barrier, next, barrier]))).toEqual([8, 6, 4, 2, 8, 6, 4, 2]);
    expect(() => run(loop([keep(local, load(local)), barrier, next]))).toThrow('touched');
  });
});

describe('barriers', () => {
  test('under a test that threads answer differently', () => {
    const wrong = nest([
      { kind: 'if', condition: less(localTerm, literal(2, 'u32')), body: [barrier] },
      store(everyThread, number(0)),
    ]);
    expect(() => run(wrong)).toThrow(
      'thread 2 of workgroup 0 reaches a barrier under a test as others do not',
    );
  });
  test('in a loop that threads begin at different places', () => {
    const wrong = nest(
      [
        { kind: 'loop', name: 'k', from: local, until: 4, by: 1, body: [barrier] },
        store(everyThread, number(0)),
      ],
      8,
      { k: 4 },
    );
    expect(() => run(wrong)).toThrow('thread 1 of workgroup 0 reaches a barrier in a loop as others do not');
  });
});

describe('reads and writes', () => {
  test('outside', () => {
    expect(() => run(nest([store(everyThread, load(add(everyThread, constant(1))))]))).toThrow(
      'outside of 8',
    );
    expect(() => run(nest([store(everyThread, load(add(everyThread, constant(-1))))]))).toThrow(
      'outside of 8',
    );
    expect(() => run(nest([store(add(everyThread, constant(1)), number(0))]))).toThrow('outside of 8');
    expect(() => run(nest([keep(add(local, constant(1)), number(0))]))).toThrow('outside of 4');
    expect(() => run(nest([store(everyThread, recall(at(4)))]))).toThrow('outside of 4');
  });

  test('a marked one may be outside, where its value does not count', () => {
    const before = load(add(everyThread, constant(-1)), true);
    const isFirst = call('equal', 'bool', indexTerm(everyThread, 'i32'), literal(0, 'i32'));
    expect(run(nest([store(everyThread, select(isFirst, number(0), before))]))).toEqual([
      0, 1, 2, 3, 4, 5, 6, 7,
    ]);
    const lost = nest([store(everyThread, call('multiply', 'f32', before, number(0)))]);
    expect(() => run(lost)).toThrow(
      'writes a value to y at 4*workgroup + local, which depends on what it read outside',
    );
    const named = nest([
      { kind: 'let', name: 'v', value: before },
      store(everyThread, select(isFirst, name('v', 'f32'), number(0))),
    ]);
    expect(() => run(named)).toThrow('depends on what it read outside');
    const asked = nest([
      { kind: 'if', condition: less(before, number(3)), body: [] },
      store(everyThread, number(0)),
    ]);
    expect(() => run(asked)).toThrow('asks a condition, which depends on what it read outside');
    const gathered = nest([{ kind: 'var', name: 'v', value: before }, store(everyThread, number(0))]);
    expect(() => run(gathered)).toThrow('gives v a value that depends on what it read outside');
  });

  test('a side that decides alone makes the other one not count', () => {
    const before = less(load(add(everyThread, constant(-1)), true), number(100));
    const later = call('less', 'bool', literal(0, 'i32'), indexTerm(everyThread, 'i32'));
    const chosen = (condition: Term): Nest =>
      nest([store(everyThread, select(condition, number(1), number(0)))]);
    expect(run(chosen(call('and', 'bool', before, later)))).toEqual([0, 1, 1, 1, 1, 1, 1, 1]);
    expect(run(chosen(call('or', 'bool', before, call('not', 'bool', later))))).toEqual([
      1, 1, 1, 1, 1, 1, 1, 1,
    ]);
    expect(() => run(chosen(call('or', 'bool', before, later)))).toThrow('depends on what it read outside');
  });

  test('of what nobody wrote', () => {
    expect(() => run(nest([store(everyThread, recall(local))]))).toThrow(
      'reads m at local = 0, which nobody wrote',
    );
    const own = nestOf({
      body: [store(everyThread, recall(at(0)))],
      buffers: [buffer('x', 8), buffer('y', 8, 'read_write')],
      memories: [memory('m', 1, 'thread')],
    });
    expect(() => run(own)).toThrow('reads m at 0 = 0, which nobody wrote');
    expect(() => run(nest([store(everyThread, load(everyThread, false, 1))]))).toThrow('which nobody wrote');
  });

  test('what a workgroup kept is gone in the next one', () => {
    const first: Statement = {
      kind: 'if',
      condition: call('equal', 'bool', indexTerm(workgroup, 'u32'), literal(0, 'u32')),
      body: [keep(local, number(1))],
    };
    expect(() => run(nest([first, store(everyThread, recall(local))]))).toThrow(
      'thread 0 of workgroup 1 reads m',
    );
  });

  test('a thread has memory of its own', () => {
    const own = nestOf({
      body: [keep(at(0), load(everyThread)), store(everyThread, recall(at(0)))],
      buffers: [buffer('x', 8), buffer('y', 8, 'read_write')],
      memories: [memory('m', 1, 'thread')],
    });
    expect(run(own)).toEqual([...numbers]);
  });

  test('of a buffer that is only to be read, and an element that nobody writes', () => {
    const wrong: Statement = { kind: 'store', buffer: 0, position: everyThread, value: number(0) };
    expect(() => run(nest([wrong]))).toThrow('writes x at 4*workgroup + local, which is only to be read');
    expect(() => run(nest([store(everyThread, number(0))], 9))).toThrow('nobody writes y at 8');
  });

  test('of vectors: all lanes, wherever they begin', () => {
    const vectors = (position: Term, y = everyThread, size = 32): Nest => ({
      ...nest([{ kind: 'store', buffer: 1, position: scale(y, 4), value: position }], size),
      buffers: [buffer('x', 8), buffer('y', size, 'read_write')],
    });
    const four = (position: Affine): Term => ({
      kind: 'load',
      dtype: 'f32',
      lanes: 4,
      buffer: 0,
      position,
      anywhere: false,
    });
    expect(run(vectors(four(at(4)))).slice(0, 8)).toEqual([5, 6, 7, 8, 5, 6, 7, 8]);
    expect(run(vectors(four(at(2)))).slice(0, 4)).toEqual([3, 4, 5, 6]);
    expect(() => run(vectors(four(at(5))))).toThrow('reads x at 5 = 8, outside of 8');
    expect(() => run(vectors(four(at(0)), add(everyThread, at(1))))).toThrow('outside of 32');
  });
});

describe('integers', () => {
  test('wrap at 32 bits, in either type', () => {
    const big = literal(2_147_483_647, 'i32');
    const sum = call('to_f32', 'f32', call('add', 'i32', big, literal(1, 'i32')));
    const product = call(
      'to_f32',
      'f32',
      call('multiply', 'u32', literal(65_537, 'u32'), literal(65_537, 'u32')),
    );
    const both = nest([ifFirst(store(workgroup, sum), store(add(workgroup, constant(2)), product))], 4);
    expect(run(both)).toEqual([-2_147_483_648, -2_147_483_648, 131_073, 131_073]);
  });

  test('a name outside of the range that the nest says, where a position relies on it', () => {
    const wrong = nest(
      [
        { kind: 'let', name: 'i', value: indexTerm(everyThread, 'u32') },
        store(everyThread, load(variable('i'))),
      ],
      8,
      { i: 7 },
    );
    expect(() => run(wrong)).toThrow('relies on i from 0 to 6, and it is 7');
    const tested = nest(
      [
        { kind: 'let', name: 'i', value: indexTerm(everyThread, 'u32') },
        {
          kind: 'if',
          condition: less(indexTerm(variable('i'), 'u32'), literal(7, 'u32')),
          body: [store(variable('i'), number(1))],
        },
      ],
      7,
      { i: 7 },
    );
    expect(run(tested)).toEqual([1, 1, 1, 1, 1, 1, 1]);
  });

  test('a position, or what is divided for it, of more than 32 bits', () => {
    const large = scale(everyThread, 1_073_741_824);
    const never = less(localTerm, literal(0, 'u32'));
    const far = nest([store(everyThread, select(never, load(large, true), number(0)))]);
    expect(() => run(far)).toThrow('4294967296: more than 32 bits');
    const divided: Affine = {
      constant: 0,
      terms: [{ coefficient: 1, atom: { kind: 'div', of: large, by: 1_073_741_824 } }],
    };
    expect(() => run(nest([store(everyThread, load(divided))]))).toThrow(
      'divides 4294967296*workgroup + 1073741824*local = 4294967296: more than 32',
    );
    const value = nest([store(everyThread, call('to_f32', 'f32', indexTerm(large, 'i32')))]);
    expect(() => run(value)).toThrow('2147483648: no i32');
    const negative = nest([
      store(everyThread, call('to_f32', 'f32', indexTerm(add(local, constant(-1)), 'u32'))),
    ]);
    expect(() => run(negative)).toThrow('-1: no u32');
  });
});

test('lanes that do not agree are refused', () => {
  const wide = widen(number(1));
  const bad: Term = { kind: 'call', dtype: 'f32', lanes: 4, fn: 'add', operands: [wide, number(1)] };
  expect(() => run(nest([store(everyThread, lane({ ...bad }, 0))]))).toThrow('4 lanes from 4,1');
  expect(() => run(nest([store(everyThread, { ...number(1), lanes: 4 } as Term)]))).toThrow('claims 4');
  expect(() => run(nest([store(everyThread, compose([wide, number(1), number(2), number(3)]))]))).toThrow(
    'as one',
  );
});
