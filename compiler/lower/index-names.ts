/**
 * Tensors in; the letters of their axes out, and those of the index variables that no author named.
 *
 * A declaration `W: f32[units, I]` names dimensions, not indices. `y[o] = sum[i] W[o, i] * x[i]` does, and the
 * gradient and the update of W are to read `d.W[o, i]`. So an axis has the letter of the author's index that reads
 * along it: of the equation rather than of a reduction where a position has both (`x[n, c, y + u - 1]`). What no
 * author named takes the letters of what it reads, and what it alone reads takes its letters.
 */
import { indexNames } from '../check/tensors/tensors.ts';
import type { EquationTensor, IndexVariable, LeafTensor, Tensor } from '../check/typed.ts';
import { variablesOf } from '../index/query.ts';
import type { Expr, Load } from '../scalar/expr.ts';
import { bareVariable, forEach } from '../scalar/walk.ts';

export interface IndexNames {
  /** One for each axis. */
  readonly axes: (tensor: Tensor) => readonly string[];
  /** What an index variable is called, unless that is taken. */
  readonly variable: (variable: IndexVariable) => string;
}

type Letters = readonly (string | undefined)[];

/** What is known so far. */
interface Known {
  readonly leaves: Map<Tensor, Letters>;
  /** By the place of a declaration: instances of one layer have the same parameters. */
  readonly declarations: Map<string, Letters>;
  /** Of invented variables, by their ids. */
  readonly variables: Map<string, string>;
}

/** `tensors` stand in the order of their definition. */
export function nameIndices(tensors: readonly Tensor[]): IndexNames {
  const known: Known = { leaves: new Map(), declarations: new Map(), variables: new Map() };
  const equations = tensors.filter((tensor) => tensor.kind === 'equation');
  lettersOfReads(equations, known);
  for (const equation of equations) adoptLetters(equation, known);
  return {
    axes: (tensor) => complete(tensor, lettersOf(tensor, known)),
    variable: (variable) => known.variables.get(variable.id) ?? variable.name,
  };
}

/** The letters, with an invented one, that is not taken, where there is none. */
const complete = ({ dims }: Tensor, letters: Letters, taken: Iterable<string> = []): readonly string[] =>
  indexNames(
    dims.map(({ index: _, ...dim }, axis) =>
      letters[axis] === undefined ? dim : { ...dim, index: letters[axis] },
    ),
    [...taken].filter((name) => !letters.includes(name)),
  );

function lettersOf(tensor: Tensor, known: Known): Letters {
  switch (tensor.kind) {
    case 'equation':
      return tensor.indices.map(({ id, name }) => known.variables.get(id) ?? name);
    case 'gradient':
      return lettersOf(tensor.wrt, known);
    default: {
      const own = known.leaves.get(tensor);
      const declared = known.declarations.get(declarationOf(tensor));
      return tensor.dims.map(({ index }, axis) => index ?? own?.[axis] ?? declared?.[axis]);
    }
  }
}

const declarationOf = ({ at, dims }: LeafTensor): string => `${at.source.name}:${at.start} ${dims.length}`;

const isLeaf = (tensor: Tensor): tensor is LeafTensor =>
  tensor.kind !== 'equation' && tensor.kind !== 'gradient';

// ---------------------------------------------------------------- what authors named

/**
 * For each leaf the letters of the read that has most; of reads that have as many, the first. An axis without one has
 * the letter of another instance, or an invented one that the equation does not use.
 */
function lettersOfReads(equations: readonly EquationTensor[], known: Known): void {
  const best = new Map<LeafTensor, AuthorsLetters>();
  for (const equation of equations) {
    for (const read of readsIn(equation)) {
      const { value: tensor } = read.load;
      if (!isLeaf(tensor)) continue;
      const found = authorsLetters(read);
      if (found.around.length > 0 && found.score > (best.get(tensor)?.score ?? -1)) best.set(tensor, found);
    }
  }
  for (const [tensor, { letters }] of best) {
    const key = declarationOf(tensor);
    const before = known.declarations.get(key);
    known.declarations.set(key, before?.map((letter, axis) => letter ?? letters[axis]) ?? letters);
    known.leaves.set(tensor, letters);
  }
  for (const [tensor, { around }] of best)
    known.leaves.set(tensor, complete(tensor, lettersOf(tensor, known), around));
}

interface Read {
  readonly load: Load<Tensor>;
  readonly equation: EquationTensor;
}

/** All reads of an equation, those of its body first. */
function readsIn(equation: EquationTensor): readonly Read[] {
  const reads: Read[] = [];
  for (const part of [equation.body, ...(equation.reduce?.guards ?? [])]) {
    forEach(part, (e) => {
      if (e.kind === 'load') reads.push({ load: e, equation });
    });
  }
  return reads;
}

const reducedIn = ({ reduce }: EquationTensor): readonly IndexVariable[] => reduce?.indices ?? [];

/** A bare index says more than one that stands in a sum. */
const bareScore = 2;
const partScore = 1;

interface AuthorsLetters {
  readonly score: number;
  readonly letters: Letters;
  /** All that the author named in the equation. */
  readonly around: readonly string[];
}

function authorsLetters(read: Read): AuthorsLetters {
  let score = 0;
  const taken = new Set<string>();
  const letters = read.load.indices.map((position, axis) => {
    const bare = bareAt(read, axis);
    const along =
      bare ?? onlyOne(position, read.equation.indices) ?? onlyOne(position, reducedIn(read.equation));
    if (along === undefined || along.invented || taken.has(along.name)) return undefined;
    taken.add(along.name);
    score += bare === undefined ? partScore : bareScore;
    return along.name;
  });
  const variables = [...read.equation.indices, ...reducedIn(read.equation)];
  const around = variables.flatMap(({ name, invented }) => (invented ? [] : [name]));
  return { score, letters, around };
}

/** The variable of these that a position mentions, where it mentions no other one. */
function onlyOne(position: Expr<Tensor>, variables: readonly IndexVariable[]): IndexVariable | undefined {
  if (position.kind !== 'index') return undefined;
  const used = variablesOf(position.of);
  const found = variables.filter(({ id }) => used.has(id));
  return found.length === 1 ? found[0] : undefined;
}

/** The variable that an axis is read at alone. */
function bareAt({ load, equation }: Read, axis: number): IndexVariable | undefined {
  const id = bareVariable(load.indices[axis]!);
  return [...equation.indices, ...reducedIn(equation)].find((own) => own.id === id);
}

// ---------------------------------------------------------------- what nobody named

/**
 * Invented variables of an equation take the letters of the axes that they read, where no other variable there has
 * them; leaves without letters take theirs.
 */
function adoptLetters(equation: EquationTensor, known: Known): void {
  const reads = readsIn(equation);
  const variables = [...equation.indices, ...reducedIn(equation)];
  if (!variables.some(({ invented }) => invented)) return;
  const pairs = reads.flatMap((read) =>
    read.load.indices.flatMap((_, axis) => {
      const variable = bareAt(read, axis);
      return variable === undefined ? [] : [{ tensor: read.load.value, axis, variable }];
    }),
  );
  const taken = new Set(variables.flatMap(({ invented, name }) => (invented ? [] : [name])));
  for (const variable of variables) {
    const before = known.variables.get(variable.id);
    if (before !== undefined) taken.add(before);
    if (!variable.invented || before !== undefined) continue;
    const letters = pairs.flatMap((pair) =>
      pair.variable === variable ? (lettersOf(pair.tensor, known)[pair.axis] ?? []) : [],
    );
    const chosen = letters.find((letter) => !taken.has(letter)) ?? variable.name;
    taken.add(chosen);
    known.variables.set(variable.id, chosen);
  }
  for (const { tensor, axis, variable } of pairs) {
    if (!isLeaf(tensor)) continue;
    const letters = lettersOf(tensor, known);
    if (letters[axis] !== undefined) continue;
    known.leaves.set(tensor, letters.with(axis, known.variables.get(variable.id) ?? variable.name));
  }
}
