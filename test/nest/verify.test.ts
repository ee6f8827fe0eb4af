/** What every nest promises: one nest that keeps it all, and for each promise one that breaks it. */
import { describe, expect, test } from 'vitest';
import type { Affine } from '../../compiler/index/affine.ts';
import { add, constant, scale, variable } from '../../compiler/index/build.ts';
import type { Binding } from '../../compiler/nest/kernel.ts';
import type { Nest, Statement, Term } from '../../compiler/nest/nest.ts';
import { call, indexTerm, less, literal, name, select, widen } from '../../compiler/nest/terms.ts';
import { violationsOf } from '../../compiler/nest/verify/index.ts';
import { nameViolations } from '../../compiler/nest/verify/names.ts';
import { beyond } from '../../compiler/schedule/fits.ts';
import { defaultTargets } from '../../compiler/target.ts';
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
  nestOf,
  number,
  recall,
  simpleNest,
  store,
  workgroup,
} from '../support/nest-parts.ts';

const target = defaultTargets.hardware;
const bindingsOf = (nest: Nest): readonly Binding[] =>
  nest.buffers.map(({ access }, k) => ({ values: [k], access }));
const check = (nest: Nest, bindings = bindingsOf(nest)): readonly string[] => violationsOf(nest, bindings);
/** Of a simple nest that does this and writes its element. */
const violations = (
  body: readonly Statement[],
  ranges: Readonly<Record<string, number>> = {},
): readonly string[] => check(simpleNest([...body, store(everyThread, number(0))], 8, ranges));

const bind = (kind: 'let' | 'var', wish: string, value: Term): Statement => ({ kind, name: wish, value });
const assign = (wish: string, value: Term): Statement => ({ kind: 'assign', name: wish, value });
const loop = (wish: string, body: readonly Statement[], from: Affine = at(0), until = 4): Statement => ({
  kind: 'loop',
  name: wish,
  from,
  until,
  by: 1,
  body,
});
const index = (of: Affine): Term => indexTerm(of, 'u32');
const v = name('v', 'f32');

test('a nest that keeps every promise', () => {
  const good = simpleNest(
    [
      bind('let', 'i', index(add(everyThread, constant(1)))),
      bind('var', 'v', number(0)),
      keep(local, load(everyThread)),
      barrier,
      loop('k', [assign('v', call('add', 'f32', v, recall(variable('k'))))]),
      bind('let', 'total', v),
      {
        kind: 'if',
        condition: less(index(variable('i')), literal(8, 'u32')),
        body: [bind('let', 'next', load(variable('i')))],
      },
      bind('let', 'held', call('minimum', 'u32', index(add(everyThread, constant(1))), literal(7, 'u32'))),
      store(
        everyThread,
        select(
          less(index(local), literal(1, 'u32')),
          load(add(everyThread, constant(-1)), true),
          call('add', 'f32', load(variable('held')), name('total', 'f32')),
        ),
      ),
    ],
    8,
    { i: 8, k: 4, held: 8 },
  );
  expect(check(good)).toEqual([]);
});

describe('names', () => {
  test('are bound before they are used, where their uses see them', () => {
    expect(violations([bind('let', 'a', v), bind('let', 'v', number(1))])).toEqual([
      'v is used where nothing binds it',
    ]);
    expect(violations([loop('k', [bind('let', 'v', number(1))]), bind('let', 'a', v)], { k: 4 })).toEqual([
      'v is used where nothing binds it',
    ]);
    expect(violations([ifFirst(bind('let', 'v', number(1))), bind('let', 'a', v)])).toEqual([
      'v is used where nothing binds it',
    ]);
    expect(violations([loop('k', []), keep(variable('k'), number(1))], { k: 4 })).toEqual([
      'k is used where nothing binds it',
    ]);
  });
  test('are seen by each of the places that share a term', () => {
    const sum = call('add', 'f32', name('a', 'f32'), v);
    const inside = loop('k', [bind('let', 'v', number(1)), bind('let', 'b', sum), bind('let', 'c', sum)]);
    expect(violations([bind('let', 'a', number(1)), inside], { k: 4 })).toEqual([]);
    expect(violations([bind('let', 'a', number(1)), inside, bind('let', 'd', sum)], { k: 4 })).toEqual([
      'v is used where nothing binds it',
    ]);
  });
  test('of a term are looked up once, however often it is used', () => {
    let asked = 0;
    const position = variable('local');
    const counted: Term = {
      kind: 'load',
      dtype: 'f32',
      lanes: 1,
      buffer: 0,
      anywhere: true,
      get position() {
        asked++;
        return position;
      },
    };
    const uses = Array.from({ length: 100 }, (_, k) =>
      bind('let', `a${k}`, call('add', 'f32', counted, counted)),
    );
    expect(nameViolations(simpleNest([...uses, store(everyThread, number(0))], 8))).toEqual([]);
    expect(asked).toBe(1);
  });
  test('are bound once', () => {
    expect(violations([bind('let', 'v', number(1)), bind('let', 'v', number(2))])).toEqual([
      'v is bound twice',
    ]);
    expect(violations([bind('let', 'v', number(1)), ifFirst(bind('let', 'v', number(2)))])).toEqual([
      'v is bound twice',
    ]);
    expect(violations([bind('let', 'm', number(1))])).toEqual(['m is bound twice']);
    expect(violations([bind('let', 'local', index(at(1)))])).toEqual(['local is bound twice']);
    const memories = [memory('m', 4), memory('m', 4)];
    expect(check({ ...simpleNest([store(everyThread, number(0))]), memories })).toEqual([
      'two memories of one name',
    ]);
  });
  test('are assigned only if they are variables, of the same type', () => {
    expect(violations([bind('let', 'v', number(1)), assign('v', number(2))])).toEqual([
      'v is assigned and no variable',
    ]);
    expect(violations([assign('v', number(2))])).toEqual(['v is assigned and no variable']);
    expect(violations([bind('var', 'v', number(1)), assign('v', literal(2, 'i32'))])).toEqual([
      'v is f32 and assigned i32',
    ]);
  });
  test('are used as what they are', () => {
    const wide = { ...v, lanes: 4 } as const;
    expect(violations([bind('let', 'v', number(1)), bind('let', 'a', wide)])).toEqual([
      'v is f32 and used as 4 x f32',
    ]);
  });
  test('of index arithmetic are integers that never change', () => {
    expect(violations([bind('var', 'i', index(local)), keep(variable('i'), number(1))], { i: 4 })).toEqual([
      'index arithmetic uses i, which may change',
    ]);
    expect(
      violations([bind('let', 'i', literal(1, 'i32')), keep(variable('i'), number(1))], { i: 4 }),
    ).toEqual(['index arithmetic uses i: i32']);
  });
});

describe('a term means the same wherever it is used', () => {
  const twice = call('multiply', 'f32', v, number(2));
  const changed = (what: string): readonly string[] => [
    `a term that reads ${what} is used again after that has changed`,
  ];
  test('a variable changes', () => {
    const declare = bind('var', 'v', number(1));
    expect(violations([declare, bind('let', 'a', twice), bind('let', 'b', twice)])).toEqual([]);
    expect(
      violations([declare, bind('let', 'a', twice), assign('v', number(2)), bind('let', 'b', twice)]),
    ).toEqual(changed('v'));
    expect(
      violations([
        declare,
        bind('let', 'a', twice),
        ifFirst(assign('v', number(2))),
        bind('let', 'b', twice),
      ]),
    ).toEqual(changed('v'));
    const turn = loop('k', [bind('let', 'b', twice), assign('v', number(2))]);
    expect(violations([declare, turn], { k: 4 })).toEqual([]);
    expect(violations([declare, bind('let', 'a', twice), turn], { k: 4 })).toEqual(changed('v'));
  });
  test('a memory changes', () => {
    const kept = recall(local);
    const before = [keep(local, number(1)), bind('let', 'a', kept)];
    expect(violations([...before, bind('let', 'b', kept)])).toEqual([]);
    expect(violations([...before, keep(local, number(2)), bind('let', 'b', kept)])).toEqual(changed('m'));
  });
  test('a buffer changes', () => {
    const old = load(everyThread, false, 1);
    const body = [bind('let', 'a', old), store(everyThread, number(1)), bind('let', 'b', old)];
    expect(check(simpleNest(body))).toEqual(changed('y'));
  });
});

describe('types and lanes', () => {
  const wide = widen(number(1));
  const of = (value: Term): readonly string[] => violations([bind('let', 'a', value)]);
  test('of functions', () => {
    expect(
      of({ kind: 'call', dtype: 'f32', lanes: 1, fn: 'add', operands: [number(1), literal(1, 'i32')] }),
    ).toEqual(['f32 from add of f32, i32']);
    expect(of({ kind: 'call', dtype: 'f32', lanes: 4, fn: 'add', operands: [wide, number(1)] })).toEqual([
      '4 x f32 from add of 4 x f32, f32',
    ]);
    expect(
      of({ kind: 'call', dtype: 'f32', lanes: 1, fn: 'less', operands: [number(1), number(1)] }),
    ).toEqual(['f32 from less of f32, f32']);
  });
  test('of choices', () => {
    const yes = literal(1, 'bool');
    const parts = { dtype: 'f32', lanes: 1, whenTrue: number(1), whenFalse: number(2) } as const;
    expect(of({ kind: 'select', ...parts, condition: number(1) })).toEqual(['f32 from f32 or f32 or f32']);
    expect(of({ kind: 'select', ...parts, condition: yes, whenFalse: wide })).toEqual([
      'f32 from f32 or 4 x f32 or bool',
    ]);
    expect(of({ kind: 'select', ...parts, condition: yes, whenTrue: literal(1, 'i32') })).toEqual([
      'f32 from i32 or f32 or bool',
    ]);
    expect(violations([{ kind: 'if', condition: number(1), body: [] }])).toEqual(['a test of f32']);
  });
  test('of vectors', () => {
    const one = { dtype: 'f32', lanes: 1 } as const;
    const four = { dtype: 'f32', lanes: 4 } as const;
    expect(of({ kind: 'dot', ...one, left: wide, right: number(1) })).toEqual([
      'f32 from the dot product of 4 x f32 and f32',
    ]);
    expect(of({ kind: 'compose', ...four, parts: [number(1), wide, number(2), number(3)] })).toEqual([
      '4 x f32 from f32, 4 x f32, f32, f32',
    ]);
    expect(of({ kind: 'compose', ...four, parts: [number(1), number(2)] })).toEqual([
      '4 x f32 from f32, f32',
    ]);
    expect(of({ kind: 'splat', ...four, of: wide })).toEqual(['4 x f32 from 4 x f32']);
    expect(of({ kind: 'lane', ...one, of: wide, lane: 4 })).toEqual(['f32 from lane 4 of 4 x f32']);
    expect(of({ kind: 'lane', ...one, of: number(1), lane: 0 })).toEqual(['f32 from lane 0 of f32']);
  });
  test('of memories', () => {
    expect(of({ ...recall(local), dtype: 'i32' } as Term)).toEqual(['a read of m as i32']);
    expect(of({ ...recall(local), memory: 'n' } as Term)).toEqual(['a read of n, which is no memory']);
    expect(violations([keep(local, wide)])).toEqual(['a write of m as 4 x f32']);
    expect(violations([{ ...keep(local, number(1)), memory: 'n' } as Statement])).toEqual([
      'a write of n, which is no memory',
    ]);
  });
  test('of buffers', () => {
    expect(of(load(everyThread, false, 2))).toEqual(['a read of buffer 2, which is not there']);
    expect(of({ ...load(at(0)), dtype: 'i32' })).toEqual(['a read of x as i32, it is f32']);
    expect(check(simpleNest([store(everyThread, literal(1, 'i32'))]))).toEqual([
      'a write of y as i32, it is f32',
    ]);
    expect(violations([{ ...store(at(0), number(1)), buffer: 2 } as Statement])).toEqual([
      'a write of buffer 2, which is not there',
    ]);
  });
});

describe('positions', () => {
  const next = add(everyThread, constant(1));
  test('are inside, or of a marked read', () => {
    expect(violations([bind('let', 'a', load(next))])).toEqual([
      'a read of x at 4*workgroup + local + 1: 1 to 8 of 8',
    ]);
    expect(violations([bind('let', 'a', load(next, true))])).toEqual([]);
    expect(violations([bind('let', 'a', load(add(everyThread, constant(-1))))])).toEqual([
      'a read of x at 4*workgroup + local - 1: -1 to 6 of 8',
    ]);
    expect(violations([bind('let', 'a', recall(add(local, constant(1))))])).toEqual([
      'a read of m at local + 1: 1 to 4 of 4',
    ]);
    expect(violations([keep(add(local, constant(1)), number(1))])).toEqual([
      'a write of m at local + 1: 1 to 4 of 4',
    ]);
    expect(check(simpleNest([store(next, number(1))]))).toEqual([
      'a write of y at 4*workgroup + local + 1: 1 to 8 of 8',
    ]);
  });
  test('of vectors are inside with all lanes', () => {
    const four = buffer('y', 32, 'read_write');
    const position = add(scale(everyThread, 4), constant(4));
    const body: readonly Statement[] = [{ kind: 'store', buffer: 0, position, value: widen(number(1)) }];
    expect(check(nestOf({ body, buffers: [four] }))).toEqual([
      'a write of y at 16*workgroup + 4*local + 4: 4 to 32 of 32',
    ]);
  });
  test('of vectors that are marked are within what is around', () => {
    const read = { ...load(add(everyThread, constant(-3)), true), lanes: 4 } as Term;
    const nest = simpleNest([bind('let', 'a', read), store(everyThread, number(1))]);
    expect(check({ ...nest, around: 3 })).toEqual([]);
    const found = ['a read of x at 4*workgroup + local - 3: -3 to 4 of 8'];
    expect(check({ ...nest, around: 2 })).toEqual(found);
    expect(check(nest)).toEqual(found);
  });
  test('are tested before', () => {
    const under = (limit: number): readonly string[] =>
      check(
        simpleNest([
          {
            kind: 'if',
            condition: less(localTerm, literal(limit, 'u32')),
            body: [bind('let', 'a', recall(add(local, constant(2))))],
          },
          store(everyThread, number(1)),
        ]),
      );
    expect(under(2)).toEqual([]);
    expect(under(3)).toEqual(['a read of m at local + 2: 2 to 4 of 4']);
  });
  test('rely on names that are in their range', () => {
    const relies = 'a read of x at i relies on i from 0 to 6, and it may be outside';
    const i = bind('let', 'i', index(everyThread));
    const read = bind('let', 'a', load(variable('i')));
    const test = (limit: number): Statement => ({
      kind: 'if',
      condition: less(index(variable('i')), literal(limit, 'u32')),
      body: [read],
    });
    expect(violations([i, read], { i: 7 })).toEqual([relies]);
    expect(violations([i, test(7)], { i: 7 })).toEqual([]);
    expect(violations([i, test(8)], { i: 7 })).toEqual([relies]);
    const unknown = bind('let', 'i', call('to_u32', 'u32', literal(3, 'i32')));
    expect(violations([unknown, read], { i: 7 })).toEqual([]);
    const data = bind('let', 'i', call('to_u32', 'u32', load(everyThread)));
    expect(violations([data, read], { i: 7 })).toEqual([relies]);
    expect(violations([data, test(7)], { i: 7 })).toEqual([]);
    const negative = bind('let', 'i', index(add(everyThread, constant(-1))));
    expect(violations([negative, test(7)], { i: 7 })).toContain(relies);
    const divided: Affine = {
      constant: 0,
      terms: [{ coefficient: 1, atom: { kind: 'div', of: variable('i'), by: 2 } }],
    };
    expect(violations([i, bind('let', 'a', index(divided))], { i: 7 })).toEqual([
      'i div 2 relies on i from 0 to 6, and it may be outside',
    ]);
  });
  test('of a loop are in its range', () => {
    expect(violations([loop('k', [])], { k: 3 })).toEqual(['k counts from 0 to 3: outside of 0 to 2']);
    expect(violations([loop('k', [], add(local, constant(-1)))], { k: 4 })).toEqual([
      'k counts from -1 to 3: outside of 0 to 3',
    ]);
  });
  test('and integers without a sign are not negative', () => {
    expect(violations([bind('let', 'a', index(add(local, constant(-1))))])).toEqual([
      'local - 1 may be negative',
    ]);
  });
  test('of given names are what the nest runs', () => {
    const more = { ...simpleNest([store(everyThread, number(0))]), workgroups: 3 };
    expect(check(more)).toEqual(['workgroup is below 3, its range says less']);
  });
});

describe('barriers', () => {
  test('stand where all threads run', () => {
    expect(violations([loop('k', [barrier])], { k: 4 })).toEqual([]);
    expect(violations([ifFirst(barrier)])).toEqual(['a barrier that not all threads reach']);
    expect(violations([loop('k', [barrier], local)], { k: 4 })).toEqual([
      'a barrier that not all threads reach',
    ]);
    expect(violations([loop('j', [loop('k', [barrier])], local)], { j: 4, k: 4 })).toEqual([
      'a barrier that not all threads reach',
    ]);
  });
});

describe('buffers', () => {
  const good = simpleNest([store(everyThread, load(everyThread))]);
  test('are bound for what is done to them', () => {
    const [x, y] = good.buffers;
    const readOnly = { ...good, buffers: [x!, { ...y!, access: 'read' as const }] };
    expect(check(readOnly)).toEqual(['y is written and bound for reading']);
    const writable = { ...good, buffers: [{ ...x!, access: 'read_write' as const }, y!] };
    expect(check(writable)).toEqual(['x is bound for writing and only read']);
  });
  test('are the bindings, each value once', () => {
    const read = { values: [0], access: 'read' } as const;
    expect(check(good, [read])).toEqual(['2 buffers, 1 bindings', 'y is bound otherwise']);
    expect(check(good, [read, { values: [1], access: 'read' }])).toEqual(['y is bound otherwise']);
    expect(check(good, [read, { values: [1, 0], access: 'read_write' }])).toEqual(['value 0 is bound twice']);
  });
});

describe('limits', () => {
  const first: Statement = { kind: 'store', buffer: 0, position: everyThread, value: number(0) };
  const nest = (parts: Partial<Nest>): Nest =>
    nestOf({ body: [first], buffers: [buffer('y', 2 ** 40, 'read_write')], ...parts, ranges: {} });
  test('of threads and workgroup memory', () => {
    expect(beyond(nest({ workgroupSize: 512 }), target)).toBe('512 threads in a workgroup, 256 are possible');
    const memories = [memory('m', 4096), memory('n', 1)];
    expect(beyond(nest({ memories }), target)).toBe('16400 bytes of workgroup memory, 16384 are possible');
    expect(beyond(nest({ memories: [memory('m', 4096), memory('n', 1, 'thread')] }), target)).toBeUndefined();
  });
  test('the first element of each workgroup', () => {
    expect(check(simpleNest([ifFirst(store(workgroup, number(1)))]))).toEqual([]);
  });
});
