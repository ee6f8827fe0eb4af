/** Whatever the bytes: the parser gives a tree and messages within the text, never an exception. */
import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { reductionNames } from '../../compiler/ir/reducers.ts';
import { format } from '../../grammar/format.ts';
import { comments, parse } from '../../grammar/index.ts';
import { foreignSigns, keywords, reservedWords, statementWords, vocabulary } from '../../grammar/tokens.ts';
import { documented } from '../grammar/documented.ts';
import { showFile } from '../grammar/show.ts';

/** Parsing ends, says where, and what parses well can be formatted. */
function expectHandled(text: string): void {
  const { file, diagnostics } = parse({ name: 'fuzz.nn', text });
  const tree = showFile(file);
  for (const { primary, related } of diagnostics) {
    for (const { at } of [primary, ...related]) {
      expect(at.start).toBeGreaterThanOrEqual(0);
      expect(at.end).toBeGreaterThanOrEqual(at.start);
      expect(at.end).toBeLessThanOrEqual(text.length);
    }
  }
  if (diagnostics.length > 0) return;
  expect(tree).not.toContain('<error>');
  const once = format({ name: 'fuzz.nn', text });
  if (!('text' in once)) throw new Error('a file without errors was not formatted');
  expect(showFile(parse({ name: 'fuzz.nn', text: once.text }).file)).toBe(tree);
  expect(format({ name: 'fuzz.nn', text: once.text })).toEqual(once);
  expect(comments({ name: '', text: once.text })).toHaveLength(comments({ name: '', text }).length);
}

const signs = vocabulary.flatMap(({ PATTERN }) => (typeof PATTERN === 'string' ? [PATTERN] : []));
const words = [
  ...[
    ...keywords.keys(),
    ...statementWords.keys(),
    ...reductionNames,
    ...reservedWords,
    ...foreignSigns.keys(),
  ],
  ...signs.filter((sign) => sign !== 'NOT_APPLICABLE'),
  ...[
    'x',
    'W',
    'f32',
    'i',
    '1',
    '0.5',
    '1e-3',
    '.5',
    '"a {i} b"',
    '"open',
    '\n',
    '\n',
    '\n',
    ';',
    '// c\n',
    '/// d\n',
  ],
];

const corpus = [
  ...documented,
  ...['compiler/prelude', 'models'].flatMap((folder) =>
    readdirSync(folder)
      .filter((name) => name.endsWith('.nn'))
      .map((name) => readFileSync(`${folder}/${name}`, 'utf8')),
  ),
].flatMap((text) =>
  text.split(/\n(?=(?:\/\/\/|model|train|layer|optimizer))/).filter((part) => part.length < 1500),
);

interface Mutation {
  readonly at: number;
  readonly remove: number;
  readonly insert: string;
}

const mutation: fc.Arbitrary<Mutation> = fc.record({
  at: fc.nat(1500),
  remove: fc.nat(6),
  insert: fc.oneof(
    fc.constant(''),
    fc.constantFrom(...words).map((word) => ` ${word} `),
    fc.string({ unit: 'binary', maxLength: 3 }),
  ),
});

const mutate = (text: string, mutations: readonly Mutation[]): string =>
  mutations.reduce((old, { at, remove, insert }) => {
    const start = at % (old.length + 1);
    return old.slice(0, start) + insert + old.slice(start + remove);
  }, text);

const identifier = fc.constantFrom('x', 'y', 'W', 'loss', 'sum', 'input');

/** Expressions that are right by construction: every way to nest operators and prefixes. */
const { expression } = fc.letrec<{ expression: string }>((tie) => {
  const inner = tie('expression');
  const operator = fc.constantFrom('+', '-', '*', '/', '%', '**', 'and', 'or', '|>');
  return {
    expression: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      identifier,
      fc.constantFrom('1', '0.5', '2e-3', 'true', '"text"'),
      fc.tuple(inner, operator, inner).map((parts) => parts.join(' ')),
      fc.tuple(inner, operator, inner).map(([a, by, b]) => `(${a}) ${by} (${b})`),
      fc.tuple(inner, inner).map(([a, b]) => `((${a}) == (${b}))`),
      inner.map((a) => `(${a})`),
      inner.map((a) => `-${a}`),
      inner.map((a) => `not ${a}`),
      fc.tuple(inner, inner).map(([a, b]) => `sum[i, ..., k: ${a}] ${b}`),
      fc.tuple(inner, inner).map(([a, b]) => `max[i where ${a}] ${b}`),
      fc.tuple(inner, inner, inner).map(([a, b, c]) => `if ${a} then ${b} else ${c}`),
      fc.tuple(inner, inner).map(([a, b]) => `(${a} else ${b})`),
      fc.tuple(identifier, inner, inner).map(([f, a, b]) => `(${f})(${a}, k = ${b}, over (H, -1))`),
      fc.tuple(inner, inner).map(([a, b]) => `(${a})[${b}, ...]`),
      inner.map((a) => `(${a}).w`),
    ),
  };
});

const runs = { numRuns: Number(process.env.NNC_FUZZ_RUNS ?? 3000) };

describe('the parser handles', () => {
  it('random characters', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 80 }), expectHandled), runs);
  });

  it('random bytes, read as UTF-8', () => {
    const bytes = fc.uint8Array({ maxLength: 80 }).map((array) => new TextDecoder().decode(array));
    fc.assert(fc.property(bytes, expectHandled), runs);
  });

  it('random words and signs', () => {
    const stream = fc.array(fc.constantFrom(...words), { maxLength: 40 }).map((list) => list.join(' '));
    fc.assert(fc.property(stream, expectHandled), runs);
  });

  it('valid files with random changes', () => {
    const changed = fc
      .tuple(fc.constantFrom(...corpus), fc.array(mutation, { minLength: 1, maxLength: 3 }))
      .map(([text, mutations]) => mutate(text, mutations));
    fc.assert(fc.property(changed, expectHandled), runs);
  });

  it('random expressions without a complaint', () => {
    fc.assert(
      fc.property(expression, (text) => {
        const whole = `fn f(x) = ${text}\nmodel m { loss = ${text}; y[i] <- ${text} }`;
        expect(parse({ name: 'fuzz.nn', text: whole }).diagnostics).toEqual([]);
        expectHandled(whole);
      }),
      { numRuns: 800 },
    );
  });
});
