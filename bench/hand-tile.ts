/**
 * Products of 128-bit SIMD written by hand: tiles of results in registers, the right matrix in panels before, the left
 * one as it lies, multiply and add. What compiled products are measured against.
 */
import { encode } from '../compiler/wasm/encode.ts';
import { at, type Func, get, type Instruction, i32, op, set } from '../compiler/wasm/instructions.ts';
import { counted } from '../compiler/wasm/statements.ts';

export interface HandTile {
  readonly rows: number;
  /** Of four columns each. */
  readonly vectors: number;
  /** Terms of a turn. */
  readonly unrolled: number;
}

export interface HandWritten {
  readonly run: () => void;
  /** With those of the columns that fill the last panel. */
  readonly flops: number;
}

const list = <T>(length: number, of: (k: number) => T): readonly T[] =>
  Array.from({ length }, (_, k) => of(k));
const sum = (m: number, n: number): string => `sum.${m}.${n}`;
const product = (a: Instruction, b: number): Instruction => op('i32.mul', a, i32(b));
const plus = (a: Instruction, b: Instruction): Instruction => op('i32.add', a, b);

/** `tile(left, right, out)`: addresses; rows of the left matrix are `k` apart, rows of the result `stride`. */
function tileFunction({ rows, vectors, unrolled }: HandTile, k: number, stride: number): Func {
  const term = (u: number): readonly Instruction[] => [
    ...list(vectors, (n) => set(`right.${n}`, at('v128.load', 16 * (u * vectors + n), get('right')))),
    ...list(rows, (m) => [
      set('number', at('v128.load32_splat', 4 * (u + m * k), get('left'))),
      ...list(vectors, (n) =>
        set(sum(m, n), op('f32x4.add', get(sum(m, n)), op('f32x4.mul', get('number'), get(`right.${n}`)))),
      ),
    ]).flat(),
  ];
  const sums = list(rows * vectors, (j) => [Math.floor(j / vectors), j % vectors] as const);
  const turn = [
    ...list(unrolled, term).flat(),
    set('left', plus(get('left'), i32(4 * unrolled))),
    set('right', plus(get('right'), i32(16 * vectors * unrolled))),
  ];
  return {
    name: 'tile',
    comments: [],
    parameters: ['left', 'right', 'out'].map((name) => ({ name, type: 'i32' })),
    locals: [
      { name: 'turn', type: 'i32' },
      { name: 'number', type: 'v128' },
      ...list(vectors, (n) => ({ name: `right.${n}`, type: 'v128' as const })),
      ...sums.map(([m, n]) => ({ name: sum(m, n), type: 'v128' as const })),
    ],
    body: [
      ...counted('turn', i32(k / unrolled), 1, turn, true),
      ...sums.map(([m, n]) => at('v128.store', 4 * m * stride + 16 * n, get('out'), get(sum(m, n)))),
    ],
    exported: false,
  };
}

/** A product of n x n by n x n; `n` is a multiple of the rows and the terms of the tile. */
export function handWritten(n: number, tile: HandTile): HandWritten {
  const width = 4 * tile.vectors;
  const panels = Math.ceil(n / width);
  const stride = width * panels;
  const [left, right] = [64, 64 + 4 * n * n];
  const out = right + 4 * n * stride;
  const call: Instruction = {
    kind: 'call',
    fn: 'tile',
    args: [
      plus(i32(left), product(get('m'), 4 * tile.rows * n)),
      plus(i32(right), product(get('p'), 4 * n * width)),
      plus(i32(out), plus(product(get('m'), 4 * tile.rows * stride), product(get('p'), 4 * width))),
    ],
  };
  const rows = [set('m', i32(0)), ...counted('m', i32(n / tile.rows), 1, [call], true)];
  const whole: Func = {
    name: 'product',
    comments: [],
    parameters: [],
    locals: ['p', 'm'].map((name) => ({ name, type: 'i32' })),
    body: counted('p', i32(panels), 1, rows, true),
    exported: true,
  };
  const memory = new WebAssembly.Memory({
    initial: Math.ceil((out + 4 * n * stride) / 2 ** 16),
    maximum: 2 ** 16,
    shared: true,
  });
  new Float32Array(memory.buffer).fill(0.5);
  const code = encode({ comments: [], globals: [], functions: [tileFunction(tile, n, stride), whole] });
  const module = new WebAssembly.Module(code as Uint8Array<ArrayBuffer>);
  const { exports } = new WebAssembly.Instance(module, { nnc: { memory } });
  return { run: exports.product as () => void, flops: 2 * n * n * stride };
}
