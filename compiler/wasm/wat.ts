/** A module in, its text out, folded and with the comments that say what it computes. */
import { type Func, type Instruction, type Module, shuffledBytes } from './instructions.ts';
import { opcodes } from './opcodes.ts';

export function moduleText({ comments, globals, functions }: Module): string {
  return [
    ...comments.map((line) => `;; ${line}`.trimEnd()),
    '(module',
    '  (import "nnc" "memory" (memory 1 65536 shared))',
    ...globals.map((name) => `  (import "nnc" "${name}" (global ${id(name)} i32))`),
    ...functions.flatMap((fn) => ['', ...functionLines(fn).map(({ text }) => `  ${text}`.trimEnd())]),
    ')',
    '',
  ].join('\n');
}

export interface Line {
  readonly text: string;
  /** Absent where it only ends something. */
  readonly prints?: Prints;
}

/** A comment of the function by its number; a parameter or a local; an instruction, or the first line of one. */
export type Prints =
  | { readonly comment: number }
  | { readonly local: string }
  | { readonly instruction: Instruction };

export function functionLines(fn: Func): readonly Line[] {
  const declared = (kind: string, list: Func['locals']): readonly Line[] =>
    list.map(({ name, type }) => ({ text: `  (${kind} ${id(name)} ${type})`, prints: { local: name } }));
  const out = fn.exported ? ` (export "${fn.name}")` : '';
  return [
    ...fn.comments.map((text, comment): Line => ({ text: `;; ${text}`.trimEnd(), prints: { comment } })),
    { text: `(func ${id(fn.name)}${out}` },
    ...declared('param', fn.parameters),
    ...(fn.result === undefined ? [] : [{ text: `  (result ${fn.result})` }]),
    ...declared('local', fn.locals),
    ...fn.body.flatMap((instruction) => linesOf(instruction, '  ')),
    { text: ')' },
  ];
}

/** Letters that an identifier of the text format may not have become a dot. */
const id = (name: string): string => `$${name.replace(/[^\w!#$%&'*+\-./:<=>?@\\^`|~]/g, '.')}`;

function linesOf(instruction: Instruction, indent: string): readonly Line[] {
  const first = (text: string): Line => ({ text: indent + text, prints: { instruction } });
  const last = (text: string): Line => ({ text: indent + text });
  switch (instruction.kind) {
    case 'comment':
      return [first(`;; ${instruction.text}`)];
    case 'block':
    case 'loop':
      return [
        first(`(${instruction.kind} ${id(instruction.label)}`),
        ...instruction.body.flatMap((inner) => linesOf(inner, `${indent}  `)),
        last(')'),
      ];
    case 'if':
      return [
        first(`(if ${expression(instruction.condition)}`),
        last('  (then'),
        ...instruction.body.flatMap((inner) => linesOf(inner, `${indent}    `)),
        last('  )'),
        last(')'),
      ];
    default:
      return [first(expression(instruction))];
  }
}

function expression(instruction: Instruction): string {
  switch (instruction.kind) {
    case 'plain': {
      const { op, args, offset = 0, lane = 0 } = instruction;
      const { immediate } = opcodes[op];
      const words = [
        op,
        ...(immediate.startsWith('memory') && offset !== 0 ? [`offset=${offset}`] : []),
        ...(immediate.endsWith('lane') ? [String(lane)] : []),
        ...args.map(expression),
      ];
      return `(${words.join(' ')})`;
    }
    case 'const':
      return `(${instruction.type}.const ${numberText(instruction.value)})`;
    case 'const lanes':
      return `(v128.const ${instruction.type} ${instruction.values.map(numberText).join(' ')})`;
    case 'shuffle': {
      const { left, right, words } = instruction;
      return `(i8x16.shuffle ${shuffledBytes(words).join(' ')} ${expression(left)} ${expression(right)})`;
    }
    case 'get':
      return `(local.get ${id(instruction.local)})`;
    case 'set':
    case 'tee':
      return `(local.${instruction.kind} ${id(instruction.local)} ${expression(instruction.value)})`;
    case 'global':
      return `(global.get ${id(instruction.global)})`;
    case 'call':
      return `(${['call', id(instruction.fn), ...instruction.args.map(expression)].join(' ')})`;
    case 'branch':
      return instruction.condition === undefined
        ? `(br ${id(instruction.label)})`
        : `(br_if ${id(instruction.label)} ${expression(instruction.condition)})`;
    case 'block':
    case 'loop':
    case 'if':
    case 'comment':
      return linesOf(instruction, '')
        .map(({ text }) => text)
        .join('\n');
    default:
      return instruction satisfies never;
  }
}

function numberText(value: number): string {
  if (Number.isFinite(value)) return Object.is(value, -0) ? '-0' : String(value);
  return Number.isNaN(value) ? 'nan' : value > 0 ? 'inf' : '-inf';
}
