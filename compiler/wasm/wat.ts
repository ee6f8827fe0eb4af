/** A module in, its text out, folded and with the comments that say what it computes. */
import { type Func, type Instruction, type Module, shuffledBytes } from './instructions.ts';
import { opcodes } from './opcodes.ts';

export function moduleText({ comments, globals, functions }: Module): string {
  return [
    ...comments.map((line) => `;; ${line}`.trimEnd()),
    '(module',
    '  (import "nnc" "memory" (memory 1 65536 shared))',
    ...globals.map((name) => `  (import "nnc" "${name}" (global ${id(name)} i32))`),
    ...functions.flatMap((fn) => ['', ...functionLines(fn).map((line) => `  ${line}`.trimEnd())]),
    ')',
    '',
  ].join('\n');
}

export function functionLines(fn: Func): readonly string[] {
  const types = (kind: string, list: Func['locals']): string =>
    list.map(({ name, type }) => ` (${kind} ${id(name)} ${type})`).join('');
  const result = fn.result === undefined ? '' : ` (result ${fn.result})`;
  const out = fn.exported ? ` (export "${fn.name}")` : '';
  return [
    ...fn.comments.map((line) => `;; ${line}`.trimEnd()),
    `(func ${id(fn.name)}${out}${types('param', fn.parameters)}${result}`,
    ...fn.locals.map((local) => ` ${types('local', [local])}`),
    ...fn.body.flatMap((instruction) => linesOf(instruction, '  ')),
    ')',
  ];
}

/** Letters that an identifier of the text format may not have become a dot. */
const id = (name: string): string => `$${name.replace(/[^\w!#$%&'*+\-./:<=>?@\\^`|~]/g, '.')}`;

function linesOf(instruction: Instruction, indent: string): readonly string[] {
  switch (instruction.kind) {
    case 'comment':
      return [`${indent};; ${instruction.text}`];
    case 'block':
    case 'loop':
      return [
        `${indent}(${instruction.kind} ${id(instruction.label)}`,
        ...instruction.body.flatMap((inner) => linesOf(inner, `${indent}  `)),
        `${indent})`,
      ];
    case 'if':
      return [
        `${indent}(if ${expression(instruction.condition)}`,
        `${indent}  (then`,
        ...instruction.body.flatMap((inner) => linesOf(inner, `${indent}    `)),
        `${indent}  )`,
        `${indent})`,
      ];
    default:
      return [indent + expression(instruction)];
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
      return linesOf(instruction, '').join('\n');
    default:
      return instruction satisfies never;
  }
}

function numberText(value: number): string {
  if (Number.isFinite(value)) return Object.is(value, -0) ? '-0' : String(value);
  return Number.isNaN(value) ? 'nan' : value > 0 ? 'inf' : '-inf';
}
