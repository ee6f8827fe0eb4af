/**
 * The prelude's functions of one number, as the equations that a call of them becomes; and where such an equation stands
 * in another, so that a reader sees `sigmoid(r)` and not how it is computed.
 */
import { check } from '../../compiler/check/index.ts';
import { print } from '../../compiler/index/print.ts';
import type { Graph } from '../../compiler/ir/graph.ts';
import { isComputed } from '../../compiler/ir/nodes.ts';
import { lower } from '../../compiler/lower/index.ts';
import type { Expr } from '../../compiler/scalar/expr.ts';
import { childrenOf } from '../../compiler/scalar/walk.ts';
import { hasErrors } from '../../grammar/diagnostic.ts';
import { parse } from '../../grammar/index.ts';
import { lazy } from '../../grammar/lazy.ts';
import { prelude } from './prelude.ts';
import { preludeSources } from './prelude-sources.ts';

interface LibraryFunction {
  readonly name: string;
  /** Over loads of its argument. */
  readonly body: Expr;
  readonly size: number;
}

/** The largest first: what one is made of may be another. */
const functions = lazy((): readonly LibraryFunction[] =>
  preludeSources()
    .flatMap(({ text }) => [...text.matchAll(/^fn (\w+)\(x\) =/gm)].flatMap(([, name]) => bodyOf(name!)))
    .sort((a, b) => b.size - a.size),
);

function bodyOf(name: string): readonly LibraryFunction[] {
  const text = `model of {\n  input x: f32\n  output y = ${name}(x)\n}\n`;
  const { file, diagnostics } = parse({ name: `${name}.nn`, text });
  const input = { main: file, files: [], prelude: prelude(), broken: hasErrors(diagnostics) };
  const { program } = check(input, { training: false, bindings: new Map() });
  // Some take tensors.
  if (program === undefined) return [];
  const graph: Graph = lower(program, { kind: 'run' });
  const [node, ...others] = graph.nodes.filter(isComputed);
  if (node === undefined || others.length > 0 || node.reduce !== undefined) return [];
  const size = sizeOf(node.body);
  return size > 1 ? [{ name, body: node.body, size }] : [];
}

/** A smaller expression, as `max(x, 0)`, is not taken for a call. */
const leastWritten = 6;

const sizeOf = (e: Expr): number => childrenOf(e).reduce((sum, part) => sum + sizeOf(part), 1);

/** The function that an expression is a call of, and its argument. */
export function libraryCall<Value>(
  e: Expr<Value>,
): { readonly name: string; readonly argument: Expr<Value> } | undefined {
  if (e.kind !== 'call' && e.kind !== 'select' && e.kind !== 'derivative') return undefined;
  for (const { name, body } of functions()) {
    const argument = argumentOf(body, e);
    if (argument !== undefined) return { name, argument };
  }
  return undefined;
}

/** What stands in `e` wherever the pattern reads its argument, if all else is the same. */
function argumentOf<Value>(pattern: Expr, e: Expr<Value>): Expr<Value> | undefined {
  let argument: Expr<Value> | undefined;
  const matches = (own: Expr, other: Expr<Value>): boolean => {
    if (own.kind === 'load') {
      argument ??= other;
      return isSame(argument, other);
    }
    // An adjoint has no clause of its own; what is short may be meant as it is written.
    if (own.kind === 'derivative' && other.kind !== 'derivative')
      return sizeOf(own.value) >= leastWritten && matches(own.value, other);
    if (own.kind !== other.kind) return false;
    if (own.kind === 'constant') return other.kind === 'constant' && own.value === other.value;
    if (own.kind === 'call' && other.kind === 'call' && own.fn !== other.fn) return false;
    const [parts, others] = [childrenOf(own), childrenOf(other)];
    return parts.length === others.length && parts.every((part, k) => matches(part, others[k]!));
  };
  return matches(pattern, e) ? argument : undefined;
}

function isSame<Value>(a: Expr<Value>, b: Expr<Value>): boolean {
  if (a === b) return true;
  if (a.kind === 'constant') return b.kind === 'constant' && a.value === b.value;
  if (a.kind === 'index') return b.kind === 'index' && print(a.of) === print(b.of);
  if (a.kind === 'load' && !(b.kind === 'load' && a.value === b.value)) return false;
  if (a.kind === 'call' && !(b.kind === 'call' && a.fn === b.fn)) return false;
  const [parts, others] = [childrenOf(a), childrenOf(b)];
  return (
    a.kind === b.kind && parts.length === others.length && parts.every((part, k) => isSame(part, others[k]!))
  );
}
