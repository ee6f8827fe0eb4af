/** The text of a graph in, the graph out: the inverse of `print.ts`. Its refusals name the line. */
import { InternalError } from '../internal-error.ts';
import type { DType } from '../scalar/expr.ts';
import type { Equation, Graph, Index, Leaf, Node, Result, ResultRole, Update } from './graph.ts';
import { continues } from './layout.ts';
import { type Cursor, cursor } from './lex.ts';
import { isIndexName } from './names.ts';
import { parseOrigin } from './origin.ts';
import { type ExpressionContext, parseExpr } from './parse-expression.ts';
import { isReducerName } from './reducers.ts';

const leafKinds = ['input', 'param', 'frozen', 'state', 'scalar'] as const satisfies readonly Leaf['kind'][];
const dtypes = ['f32', 'i32', 'u32', 'bool'] as const satisfies readonly DType[];
const roles = ['loss', 'metric', 'output', 'gradient', 'value'] as const satisfies readonly ResultRole[];

interface State {
  readonly nodes: Node[];
  /** All nodes of the text, those further down too: a recurrence names what stands later. */
  readonly named: Map<string, { readonly id: number; readonly dtype: DType }>;
  readonly results: Result[];
  readonly updates: Update[];
}

/** Throws a SyntaxError that names the line. Blank lines and lines that start with `//` do not count. */
export function parseGraph(text: string): Graph {
  const state: State = { nodes: [], named: new Map(), results: [], updates: [] };
  const lines = text
    .split('\n')
    .map((line, k) => ({ line: line.trim(), number: k + 1 }))
    .filter(({ line }) => line !== '' && !line.startsWith('//'))
    .reduce<{ readonly line: string; readonly number: number }[]>(joined, []);
  const [first, ...others] = lines;
  const last = others.pop();
  const name = atLine(first?.number ?? 1, () => parseTitle(first?.line ?? ''));
  for (const { line, number } of others) atLine(number, () => nameLine(line, state));
  for (const { line, number } of others) atLine(number, () => parseLine(line, state));
  atLine(last?.number ?? lines.length, () => {
    if (last?.line !== '}') throw new SyntaxError("expected '}' at the end");
  });
  return { name, nodes: state.nodes, results: state.results, updates: state.updates };
}

/** A line that starts like the middle of a statement belongs to the line before it. */
function joined<L extends { readonly line: string; readonly number: number }>(lines: L[], next: L): L[] {
  const last = lines.at(-1);
  if (last === undefined || !continues(next.line)) lines.push(next);
  else lines[lines.length - 1] = { ...last, line: `${last.line} ${next.line}` };
  return lines;
}

function atLine<T>(number: number, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    // A constructor's refusal is here the fault of the text.
    if (error instanceof SyntaxError || error instanceof InternalError) {
      throw new SyntaxError(`line ${number}: ${error.message}`);
    }
    throw error;
  }
}

const oneOf = <T extends string>(list: readonly T[], text: string): T | undefined =>
  list.find((item) => item === text);

function parseTitle(line: string): string {
  const tokens = cursor(line);
  tokens.expect('graph');
  const name = parseName(tokens);
  tokens.expect('{');
  return name;
}

const parseName = (tokens: Cursor): string =>
  tokens.peek().kind === 'string' ? (JSON.parse(tokens.next().text) as string) : tokens.take('word');

/** A statement and, behind an @, its origin. */
function parted(line: string): { readonly tokens: Cursor; readonly origin: string } {
  const split = /^((?:[^"@]|"(?:[^"\\]|\\.)*")*)@(.*)$/su.exec(line);
  return { tokens: cursor(split?.[1] ?? line), origin: split?.[2] ?? '' };
}

const isEnd = (tokens: Cursor): boolean => ['result', 'update'].includes(tokens.peek().text);

/** Notes the node that a line defines. */
function nameLine(line: string, state: State): void {
  const { tokens } = parted(line);
  if (isEnd(tokens)) return;
  const { name, dtype } = parseHead(tokens);
  if (state.named.has(name)) throw new SyntaxError(`%${name} is defined twice`);
  state.named.set(name, { id: state.named.size, dtype });
}

function parseLine(line: string, state: State): void {
  const { tokens, origin } = parted(line);
  if (tokens.accept('result')) parseResult(tokens, state);
  else if (tokens.accept('update')) {
    const target = valueNamed(state, tokens);
    tokens.expect('<-');
    state.updates.push({ target, value: valueNamed(state, tokens) });
  } else state.nodes.push({ ...parseNode(tokens, state), origin: parseOrigin(origin) });
  if (tokens.peek().kind !== 'end') tokens.fail('the end of the line');
}

function parseResult(tokens: Cursor, state: State): void {
  const role = oneOf(roles, tokens.peek().text) ?? tokens.fail(`one of ${roles.join(', ')}`);
  tokens.next();
  const name = tokens.peek().kind === 'value' ? undefined : parseName(tokens);
  const value = valueNamed(state, tokens);
  state.results.push({ name: name ?? state.nodes[value]!.name, role, value });
}

function lookUp(state: State, name: string): { readonly id: number; readonly dtype: DType } {
  const found = state.named.get(name);
  if (found === undefined) throw new SyntaxError(`%${name} is not defined`);
  return found;
}

const valueNamed = (state: State, tokens: Cursor): number => lookUp(state, tokens.take('value').slice(1)).id;

type Unplaced =
  | Omit<Leaf, 'origin'>
  | Omit<Equation, 'origin'>
  | Omit<Extract<Node, { kind: 'gradient' }>, 'origin'>;

/** What stands before the `=`: `param %W[o: 10]: f32`. */
function parseHead(tokens: Cursor) {
  const kind = oneOf(leafKinds, tokens.peek().text);
  if (kind !== undefined) tokens.next();
  const name = tokens.take('value').slice(1);
  const indices = tokens.accept('[') ? parseIndices(tokens) : [];
  tokens.expect(':');
  const dtype = oneOf(dtypes, tokens.peek().text) ?? tokens.fail('a type');
  tokens.next();
  return { kind, name, indices, dtype };
}

function parseNode(tokens: Cursor, state: State): Unplaced {
  const { kind, ...base } = parseHead(tokens);
  if (kind !== undefined) return { kind, ...base, ...parseDefault(tokens, state) };
  tokens.expect('=');
  if (tokens.accept('gradient')) {
    const of = valueNamed(state, tokens);
    tokens.expect('wrt');
    return { kind: 'gradient', ...base, of, wrt: valueNamed(state, tokens) };
  }
  const context: ExpressionContext = { valueNamed: (wanted) => lookUp(state, wanted) };
  const by = tokens.peek().text;
  if (!isReducerName(by) || tokens.peek(1).text !== '[') {
    return { kind: 'equation', ...base, body: parseExpr(tokens, context) };
  }
  tokens.next();
  tokens.expect('[');
  const reduced = parseIndices(tokens, 'where');
  const guards: ReturnType<typeof parseExpr>[] = [];
  if (tokens.peek(-1).text === 'where') {
    do guards.push(parseExpr(tokens, context));
    while (tokens.accept(','));
    tokens.expect(']');
  }
  const reduce = { by, indices: reduced, guards };
  return { kind: 'equation', ...base, reduce, body: parseExpr(tokens, context) };
}

function parseDefault(tokens: Cursor, state: State): Pick<Leaf, 'default'> {
  if (!tokens.accept('=')) return {};
  const value = parseExpr(tokens, { valueNamed: (wanted) => lookUp(state, wanted) });
  return value.kind === 'constant' ? { default: value.value } : tokens.fail('one number');
}

/** `b: 128, o: 10` up to and with `]`, or the word that may stand instead of it. */
function parseIndices(tokens: Cursor, instead?: string): readonly Index[] {
  const indices: Index[] = [];
  do {
    const name = tokens.take('word');
    if (!isIndexName(name)) throw new SyntaxError(`${name} cannot be an index`);
    tokens.expect(':');
    indices.push({ name, extent: Number(tokens.take('number')) });
  } while (tokens.accept(','));
  if (instead === undefined || !tokens.accept(instead)) tokens.expect(']');
  return indices;
}
