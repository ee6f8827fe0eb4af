/**
 * A nest in, terms and statements whose types or lanes do not fit together out.
 *
 * - A function's operands have types that it takes, and as many lanes as its result.
 * - What is read and written has the type of its buffer, or the type and the lanes of its memory.
 */
import { resultType } from '../../scalar/functions.ts';
import type { Buffer, Memory, Nest, Statement, Term } from '../nest.ts';
import { partsOf } from '../terms.ts';
import { forEachStatement, termsOf } from '../walk.ts';
import { sameType, type Typed, typeText } from './typed.ts';

export function typeViolations(nest: Nest): readonly string[] {
  const found: string[] = [];
  const memories = new Map(nest.memories.map((memory) => [memory.name, memory]));
  const seen = new Set<Term>();
  const visit = (term: Term): void => {
    if (seen.has(term)) return;
    seen.add(term);
    partsOf(term).forEach(visit);
    const problem = problemOf(term, nest.buffers, memories);
    if (problem !== undefined) found.push(problem);
  };
  forEachStatement(nest.body, (statement) => {
    termsOf(statement).forEach(visit);
    const problem = problemOfStatement(statement, nest.buffers, memories);
    if (problem !== undefined) found.push(problem);
  });
  return found;
}

type Memories = ReadonlyMap<string, Memory>;

function problemOf(term: Term, buffers: readonly Buffer[], memories: Memories): string | undefined {
  switch (term.kind) {
    case 'literal':
    case 'name':
    case 'index':
      return undefined;
    case 'load': {
      const buffer = buffers[term.buffer];
      if (buffer === undefined) return `a read of buffer ${term.buffer}, which is not there`;
      return term.dtype === buffer.dtype ? undefined : `a read of ${unlike(buffer, term)}`;
    }
    case 'recall': {
      const memory = memories.get(term.memory);
      if (memory === undefined) return `a read of ${term.memory}, which is no memory`;
      return sameType(term, memory) ? undefined : `a read of ${term.memory} as ${typeText(term)}`;
    }
    case 'call': {
      const result = resultType(
        term.fn,
        term.operands.map((operand) => operand.dtype),
      );
      const fits = result === term.dtype && term.operands.every((operand) => operand.lanes === term.lanes);
      const operands = term.operands.map(typeText).join(', ');
      return fits ? undefined : `${typeText(term)} from ${term.fn} of ${operands}`;
    }
    case 'select': {
      const { condition, whenTrue, whenFalse } = term;
      const asked = sameType(condition, { dtype: 'bool', lanes: term.lanes });
      if (asked && sameType(whenTrue, term) && sameType(whenFalse, term)) return undefined;
      return `${typeText(term)} from ${[whenTrue, whenFalse, condition].map(typeText).join(' or ')}`;
    }
    case 'dot': {
      const four = { dtype: term.dtype, lanes: 4 } as const;
      if (sameType(term.left, four) && sameType(term.right, four)) return undefined;
      return `${typeText(term)} from the dot product of ${typeText(term.left)} and ${typeText(term.right)}`;
    }
    case 'compose':
    case 'splat': {
      const parts = partsOf(term);
      const one = { dtype: term.dtype, lanes: 1 } as const;
      const fits =
        parts.length === (term.kind === 'splat' ? 1 : 4) && parts.every((part) => sameType(part, one));
      return fits ? undefined : `${typeText(term)} from ${parts.map(typeText).join(', ')}`;
    }
    case 'lane': {
      const fits = term.of.dtype === term.dtype && term.of.lanes === 4 && [0, 1, 2, 3].includes(term.lane);
      return fits ? undefined : `${typeText(term)} from lane ${term.lane} of ${typeText(term.of)}`;
    }
    default:
      return term satisfies never;
  }
}

const unlike = ({ name, dtype }: Buffer, term: Typed): string =>
  `${name} as ${typeText(term)}, it is ${dtype}`;

function problemOfStatement(
  statement: Statement,
  buffers: readonly Buffer[],
  memories: Memories,
): string | undefined {
  if (statement.kind === 'store') {
    const buffer = buffers[statement.buffer];
    if (buffer === undefined) return `a write of buffer ${statement.buffer}, which is not there`;
    return statement.value.dtype === buffer.dtype
      ? undefined
      : `a write of ${unlike(buffer, statement.value)}`;
  }
  if (statement.kind === 'keep') {
    const memory = memories.get(statement.memory);
    if (memory === undefined) return `a write of ${statement.memory}, which is no memory`;
    return sameType(statement.value, memory)
      ? undefined
      : `a write of ${statement.memory} as ${typeText(statement.value)}`;
  }
  if (statement.kind === 'if' && !sameType(statement.condition, { dtype: 'bool', lanes: 1 })) {
    return `a test of ${typeText(statement.condition)}`;
  }
  return undefined;
}
