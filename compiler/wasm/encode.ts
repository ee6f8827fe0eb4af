/**
 * A module in, its bytes out (https://webassembly.github.io/spec/core/binary/modules.html).
 *
 * It imports its memory, shared, as `nnc.memory`, and its globals as `nnc.<name>`.
 */
import { InternalError } from '../internal-error.ts';
import { type Func, type Instruction, type Module, shuffledBytes, type ValueType } from './instructions.ts';
import { opcodes } from './opcodes.ts';

const typeBytes: Readonly<Record<ValueType, number>> = { i32: 0x7f, i64: 0x7e, f32: 0x7d, v128: 0x7b };

type Bytes = number[];

export function encode(module: Module): Uint8Array {
  const numbers = new Map(module.functions.map(({ name }, k) => [name, k] as const));
  const globals = new Map(module.globals.map((name, k) => [name, k] as const));
  const types = new Map<string, number>();
  const typeOf = ({ parameters, result }: Func): number => {
    const key = `${parameters.map(({ type }) => type).join(' ')} -> ${result ?? ''}`;
    const known = types.get(key) ?? types.size;
    types.set(key, known);
    return known;
  };
  const used = module.functions.map(typeOf);
  const signatures = [...types.keys()].map((key): Bytes => {
    const [from, to] = key.split(' -> ').map((list) => list.split(' ').filter((type) => type !== ''));
    const bytes = (list: readonly string[]): Bytes =>
      vector(list.map((type) => [typeBytes[type as ValueType]]));
    return [0x60, ...bytes(from!), ...bytes(to!)];
  });
  const imports: readonly Bytes[] = [
    // The largest memory that 32 bits address, in pages of 64 KiB; shared, so with a most.
    [...text('nnc'), ...text('memory'), 0x02, 0x03, ...unsigned(1), ...unsigned(65_536)],
    ...module.globals.map((name) => [...text('nnc'), ...text(name), 0x03, typeBytes.i32, 0x00]),
  ];
  const exported = module.functions.flatMap(({ name, exported: out }, k): readonly Bytes[] =>
    out ? [[...text(name), 0x00, ...unsigned(k)]] : [],
  );
  const bodies = module.functions.map((fn) => bodyOf(fn, numbers, globals));
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...section(1, vector(signatures)),
    ...section(2, vector(imports)),
    ...section(3, vector(used.map(unsigned))),
    ...section(7, vector(exported)),
    ...section(10, vector(bodies)),
  ]);
}

function bodyOf(
  fn: Func,
  functions: ReadonlyMap<string, number>,
  globals: ReadonlyMap<string, number>,
): Bytes {
  const all = [...fn.parameters, ...fn.locals];
  const locals = new Map(all.map(({ name }, k) => [name, k] as const));
  const number = (of: ReadonlyMap<string, number>, name: string): Bytes => {
    const found = of.get(name);
    if (found === undefined)
      throw new InternalError(`nothing is called ${name}`, { pass: 'wasm', node: fn.name });
    return unsigned(found);
  };
  const out: Bytes = [];
  /** The innermost last. */
  const labels: string[] = [];
  const depth = (label: string): Bytes => {
    const found = labels.lastIndexOf(label);
    if (found < 0) throw new InternalError(`no label ${label}`, { pass: 'wasm', node: fn.name });
    return unsigned(labels.length - 1 - found);
  };
  const within = (label: string, body: readonly Instruction[]): void => {
    labels.push(label);
    body.forEach(write);
    labels.pop();
    out.push(0x0b);
  };
  const write = (instruction: Instruction): void => {
    switch (instruction.kind) {
      case 'comment':
        return;
      case 'plain':
        instruction.args.forEach(write);
        out.push(...operation(instruction));
        return;
      case 'const':
        out.push(...constant(instruction));
        return;
      case 'const lanes':
        out.push(
          0xfd,
          0x0c,
          ...instruction.values.flatMap((value) => wordBytes(value, instruction.type === 'f32x4')),
        );
        return;
      case 'shuffle':
        write(instruction.left);
        write(instruction.right);
        out.push(0xfd, 0x0d, ...shuffledBytes(instruction.words));
        return;
      case 'get':
        out.push(0x20, ...number(locals, instruction.local));
        return;
      case 'set':
      case 'tee':
        write(instruction.value);
        out.push(instruction.kind === 'set' ? 0x21 : 0x22, ...number(locals, instruction.local));
        return;
      case 'global':
        out.push(0x23, ...number(globals, instruction.global));
        return;
      case 'call':
        instruction.args.forEach(write);
        out.push(0x10, ...number(functions, instruction.fn));
        return;
      case 'block':
      case 'loop':
        out.push(instruction.kind === 'block' ? 0x02 : 0x03, 0x40);
        within(instruction.label, instruction.body);
        return;
      case 'if':
        write(instruction.condition);
        out.push(0x04, 0x40);
        within('', instruction.body);
        return;
      case 'branch':
        if (instruction.condition !== undefined) write(instruction.condition);
        out.push(instruction.condition === undefined ? 0x0c : 0x0d, ...depth(instruction.label));
        return;
      default:
        instruction satisfies never;
    }
  };
  fn.body.forEach(write);
  out.push(0x0b);
  const declared = vector(fn.locals.map(({ type }) => [1, typeBytes[type]]));
  return sized([...declared, ...out]);
}

function operation({ op, offset = 0, lane = 0 }: Extract<Instruction, { kind: 'plain' }>): Bytes {
  const { prefix, code, immediate } = opcodes[op];
  const head = prefix === undefined ? [code] : [prefix, ...unsigned(code)];
  // Atomic accesses are aligned; for others it is a hint, and four bytes are always true.
  const memory = [2, ...unsigned(offset)];
  switch (immediate) {
    case 'none':
      return head;
    case 'memory':
      return [...head, ...memory];
    case 'lane':
      return [...head, lane];
    case 'memory and lane':
      return [...head, ...memory, lane];
    case 'zero':
      return [...head, 0];
    case 'two zeros':
      return [...head, 0, 0];
    default:
      return immediate satisfies never;
  }
}

function constant({ type, value }: Extract<Instruction, { kind: 'const' }>): Bytes {
  if (type === 'f32') return [0x43, ...wordBytes(value, true)];
  return [type === 'i32' ? 0x41 : 0x42, ...signed(value)];
}

const words = new DataView(new ArrayBuffer(4));
function wordBytes(value: number, float: boolean): Bytes {
  if (float) words.setFloat32(0, value, true);
  else words.setInt32(0, value | 0, true);
  return [0, 1, 2, 3].map((k) => words.getUint8(k));
}

/** LEB128. */
function unsigned(value: number): Bytes {
  const bytes: Bytes = [];
  let rest = value;
  do {
    const low = rest % 128;
    rest = Math.floor(rest / 128);
    bytes.push(rest > 0 ? low + 128 : low);
  } while (rest > 0);
  return bytes;
}

function signed(value: number): Bytes {
  const bytes: Bytes = [];
  let rest = value;
  for (;;) {
    const low = ((rest % 128) + 128) % 128;
    rest = Math.floor(rest / 128);
    const done = (rest === 0 && low < 64) || (rest === -1 && low >= 64);
    bytes.push(done ? low : low + 128);
    if (done) return bytes;
  }
}

const text = (of: string): Bytes => sized([...new TextEncoder().encode(of)]);
const sized = (bytes: Bytes): Bytes => concat([unsigned(bytes.length), bytes]);
const vector = (items: readonly Bytes[]): Bytes => concat([unsigned(items.length), ...items]);
const section = (id: number, bytes: Bytes): Bytes => concat([[id], sized(bytes)]);
/** Written out: `flat` takes several times as long, and all of a module goes through here. */
function concat(parts: readonly Bytes[]): Bytes {
  const all: number[] = [];
  for (const part of parts) for (const byte of part) all.push(byte);
  return all;
}
