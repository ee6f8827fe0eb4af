/**
 * A seed in; a text made by the parser's own rules, out: each choice, repetition and option of the grammar is drawn,
 * down to names and numbers. Some start at `file`; some put statements or an expression where the names that they use
 * are declared, so that they come past the checker. Two thirds have tokens exchanged, left out, doubled or put in.
 */
import type { ISerializedGast, TokenType } from 'chevrotain';
import { reductionNames } from '../../compiler/ir/reducers.ts';
import { parser } from '../../grammar/parser.ts';
import { BinaryOperator, spelling, vocabulary } from '../../grammar/tokens.ts';
import { type RandomSource, randomSource } from '../support/random.ts';

/** What `getSerializedGastProductions` gives, with all its fields. */
interface Production {
  readonly type: string;
  readonly name?: string;
  readonly nonTerminalName?: string;
  readonly definition?: readonly Production[];
  readonly separator?: Production;
}

const rules: ReadonlyMap<string, Production> = new Map(
  parser()
    .getSerializedGastProductions()
    .map((rule: ISerializedGast) => [(rule as Production).name!, rule as Production]),
);

/** The fewest tokens that a production can come to. */
const shortest = new Map<string, number>([...rules.keys()].map((name) => [name, Number.POSITIVE_INFINITY]));

const partsOf = ({ definition = [] }: Production): readonly Production[] => definition;
const total = (parts: readonly Production[]): number => parts.reduce((n, part) => n + least(part), 0);

function least(production: Production): number {
  switch (production.type) {
    case 'Terminal':
      return production.name === 'Unparsed' ? Number.POSITIVE_INFINITY : 1;
    case 'NonTerminal':
      return shortest.get(production.name!)!;
    case 'Option':
    case 'Repetition':
    case 'RepetitionWithSeparator':
      return 0;
    case 'Alternation':
      return Math.min(...partsOf(production).map(least));
    default:
      return total(partsOf(production));
  }
}

for (let changed = true; changed; ) {
  changed = false;
  for (const [name, rule] of rules) {
    const now = total(partsOf(rule));
    changed ||= now < shortest.get(name)!;
    shortest.set(name, now);
  }
}

const typeNames = ['f32', 'f32', 'i32', 'bool', 'u32', 'int', 'float', 'B', 'x'];
const names = [
  'x',
  'x',
  'x',
  't',
  't',
  'W',
  'b',
  'i',
  'i',
  'j',
  'k',
  'n',
  'e',
  'B',
  'h',
  'y',
  'loss',
  'q',
  'inf',
];
const callable = [
  ...['Dense', 'relu', 'exp', 'mean', 'softmax', 'mse', 'adam', 'grad', 'f', 'L', 'step', 'mlp'],
  ...['concat', 'stack', 'split', 'reshape', 'flatten', 'transpose', 'R', 'R', 'q', 'two', 'narrow'],
];

/** Words for a name, by the rule that it stands in. */
const wordsIn: Readonly<Record<string, readonly string[]>> = {
  type: typeNames,
  binder: ['i', 'j', 'k', 'o', 'b'],
  model: ['m', 'n'],
  train: ['m', 'm', 'n'],
  fn: ['f', 'g', 'relu'],
  layer: ['L', 'Dense'],
  optimizer: ['plain', 'adam'],
  minimize: ['loss', 'loss', 'y'],
  setting: ['batch', 'epochs', 'seed'],
  axis: ['B', 'C', 'i'],
};

const numbers = [
  '0',
  '1',
  '2',
  '3',
  '4',
  '5',
  '0.5',
  '1e-3',
  '16',
  '64',
  '1000',
  '2147483647',
  '4294967296',
  '1e40',
];
const strings = ['"a"', '"{n} is {x}"', '"{"', '""', '"m.nn"'];
const binary = vocabulary.filter((type) => type.CATEGORIES?.includes(BinaryOperator));
const typeOf: ReadonlyMap<string, TokenType> = new Map(vocabulary.map((type) => [type.name, type]));

/** Words that are seldom right are drawn seldom. */
const rare: ReadonlySet<string> = new Set(['String', 'True', 'False', 'Not', 'Let', 'Ellipsis', 'Over']);
const isRare = (production: Production): boolean => {
  const [first] = production.type === 'Terminal' ? [production] : partsOf(production);
  return first?.type === 'Terminal' && rare.has(first.name!);
};

function word(name: string, rule: string, random: RandomSource): string {
  switch (name) {
    case 'Identifier':
      if (rule === 'primary') return random.pick(random.chance(0.15) ? callable : names);
      return random.pick(wordsIn[rule] ?? names);
    case 'Number':
      return random.pick(numbers);
    case 'String':
      return random.pick(strings);
    case 'Reducer':
      return random.pick(reductionNames);
    case 'BinaryOperator':
      return spelling(random.pick(binary));
    case 'Separator':
      return random.chance(0.9) ? '\n' : ';';
    default:
      return spelling(typeOf.get(name)!);
  }
}

/** The tokens of a rule; about as many as `size`, since from there on each choice is the shortest. */
export function tokensOf(start: string, size: number, random: RandomSource): readonly string[] {
  const made: string[] = [];
  const short = (): boolean => made.length >= size;
  const all = (parts: readonly Production[], rule: string): void => {
    for (const part of parts) visit(part, rule);
  };
  const repeat = (production: Production, rule: string, fewest: number): void => {
    for (let k = 0; k < fewest || (!short() && random.chance(rule === 'operand' ? 0.3 : 0.5)); k++) {
      if (k > 0 && production.separator !== undefined) visit(production.separator, rule);
      all(partsOf(production), rule);
    }
  };
  const visit = (production: Production, rule: string): void => {
    switch (production.type) {
      case 'Terminal':
        made.push(word(production.name!, rule, random));
        break;
      case 'NonTerminal':
        all(partsOf(rules.get(production.name!)!), production.name!);
        break;
      case 'Option':
        if (!short() && random.chance(0.4)) all(partsOf(production), rule);
        break;
      case 'Alternation': {
        const most = short() ? least(production) : Number.MAX_SAFE_INTEGER;
        const possible = partsOf(production).filter((part) => least(part) <= most);
        const usual = possible.filter((part) => !isRare(part));
        visit(random.pick(usual.length > 0 && random.chance(0.9) ? usual : possible), rule);
        break;
      }
      case 'Repetition':
      case 'RepetitionWithSeparator':
        repeat(production, rule, 0);
        break;
      case 'RepetitionMandatory':
      case 'RepetitionMandatoryWithSeparator':
        repeat(production, rule, 1);
        break;
      default:
        all(partsOf(production), rule);
    }
  };
  all(partsOf(rules.get(start)!), start);
  return made;
}

const anyToken = (random: RandomSource): string => {
  const { name } = random.pick(
    vocabulary.filter((type) => type.name !== 'Unparsed' && type.name !== 'Blank'),
  );
  return word(name, random.pick([...rules.keys()]), random);
};

function mutated(tokens: readonly string[], random: RandomSource): readonly string[] {
  const at = random.integer(0, Math.max(0, tokens.length - 1));
  const some = tokens.slice(at, at + random.integer(1, 6));
  return random.pick<() => readonly string[]>([
    () => tokens.toSpliced(at, random.integer(1, 3)),
    () => tokens.toSpliced(at, 0, ...some),
    () => tokens.toSpliced(at, 1, anyToken(random)),
    () => tokens.toSpliced(at, 0, anyToken(random)),
    () => tokens.toSpliced(at, 2, ...tokens.slice(at, at + 2).reverse()),
    () => tokens.toSpliced(random.integer(0, tokens.length), 0, ...some),
    () => tokens.toSpliced(at, 1, ...tokensOf(random.pick(['expression', 'operand', 'binders']), 4, random)),
  ])();
}

const around = (body: string, width: number): string => `fn f(x) = x * x
fn two(x) { return (x, 2 * x) }
fn narrow(x: f32[H, W], stride: int[2] = 1) -> f32[H / stride[0], W / stride[1]] {
  return y[j, i] = x[j * stride[0], i * stride[1]] }
layer R(g)(x) { return x + g(x) }
layer L(n: int)(x: f32[..., C]) -> f32[..., n] { param W: f32[n, C]
  return y[..., o] = sum[i] W[o, i] * x[..., i] }
model m(n = ${width}, e = 0.5) {
  input x: f32[B, ${width}], k: i32[B]
  target t: f32[B, ${width}]
  param W: f32[${width}, ${width}]
  param b: f32[${width}]
  q = Dense(n)
  ${body}
  loss = mse(h, t)
}
train m { minimize loss with adam(lr = 0.1)
  batch 2 }
`;

/** The same text for the same seed. */
export function grammarText(seed: number): string {
  const random = randomSource(seed);
  const size = random.pick([3, 8, 20, 60]);
  const times = random.pick([0, 1, 3]);
  const drawn = (rule: string): string => {
    let tokens = tokensOf(rule, size, random);
    for (let k = 0; k < times; k++) tokens = mutated(tokens, random);
    return tokens.join(' ');
  };
  // Equal extents, and one of 1: the batch is 4 (`handled.ts`).
  const inModel = (body: string): string => around(body, random.pick([1, 3, 3, 4]));
  return random.pick<() => string>([
    () => drawn('file'),
    () => inModel(`${drawn('statement')}\n  h = x`),
    () => inModel(`h = x * (${drawn('expression')})`),
    () => inModel(`h[i, j] = ${drawn('expression')}`),
    () =>
      inModel(`h[i, j] = x[i, j] + ${random.pick(reductionNames)}[${drawn('binders')}] ${drawn('operand')}`),
    () => inModel(`h = x\n  repeat ${random.pick(['0', '1', '2', 'n'])} { h = ${drawn('expression')} }`),
    () => inModel(`h = x\n  repeat 2 { ${drawn('statement')}\n h = h |> q }`),
    () => inModel(`h = x |> R(${drawn('expression')})`),
    () => inModel(`h = x + concat(x, x, over 1)[${drawn('indices')}]`),
    () => inModel(`(h, ${random.pick(['_', 'z'])}) = two(${drawn('expression')})`),
    () =>
      inModel(
        `h[i, k: ${random.pick(numbers)}] = ${drawn('expression')} + (h[i, k - 1] else ${drawn('operand')})`,
      ),
    () => inModel(`scan k: ${random.pick(['n', 'B', '1', '2'])} { h[:, k] = ${drawn('expression')} }`),
  ])();
}
