/** Properties of all models: each name means something, and a text means the same with any of its names changed. */
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { builtinNames } from '../../compiler/check/evaluate.ts';
import { settingNames } from '../../compiler/check/recipes/settings.ts';
import { typeNames } from '../../compiler/check/shapes/matching.ts';
import { leftOut } from '../../compiler/check/syntax.ts';
import { Identifier, keywords, lex, statementWords } from '../../grammar/tokens.ts';
import { checkReading } from '../../src/language-server/checking.ts';
import { placeKey, type Reading, readFile, textOf } from '../../src/language-server/reading.ts';
import { rename } from '../../src/language-server/rename.ts';
import { readSource } from '../../src/terminal/files.ts';

const root = path.resolve(import.meta.dirname, '../..');
const texts = ['models', 'compiler/prelude'].flatMap((folder) =>
  readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.nn'))
    .map((name) => path.join(root, folder, name)),
);

/** What no text defines: names of the language, and words of recipes. */
const ofLanguage = new Set<string>([
  ...[...builtinNames, ...typeNames, ...settingNames, ...statementWords.keys(), leftOut],
  ...['eval', 'lowest', 'highest', 'all', 'replacement'],
]);

test('each identifier of all models and of the prelude means something', () => {
  const unknown: string[] = [];
  for (const name of texts) {
    const reading = readFile(name, readSource);
    const { text } = reading.main.source;
    const starts = new Set(
      reading.meanings.filter(({ at }) => at.source === reading.main.source).map(({ at }) => at.start),
    );
    // `train m as name`: nothing in a text uses it.
    const recipes = new Set(
      reading.main.declarations.flatMap((one) => (one.kind === 'train' && one.name ? [one.name.name] : [])),
    );
    for (const { tokenType, image, startOffset } of lex(text).tokens) {
      if (tokenType !== Identifier || keywords.has(image) || ofLanguage.has(image) || recipes.has(image))
        continue;
      if (!starts.has(startOffset))
        unknown.push(`${path.basename(name)}:${text.slice(0, startOffset).split('\n').length} ${image}`);
    }
  }
  expect(unknown).toEqual([]);
});

/** The text with the name at an offset changed everywhere. */
function renamedText(reading: Reading, offset: number, name: string): string {
  const { changes } = rename([reading], offset, name);
  const document = TextDocument.create('', 'nn', 1, reading.main.source.text);
  return TextDocument.applyEdits(document, Object.values(changes!).flat());
}

const written = [
  'fn twice(x: f32[..., C], by: float = 2) -> f32[..., D] where D = C {',
  '  return y[..., c] = by * x[..., c]',
  '}',
  'layer Scale(k: int) (x: f32[N, I]) -> f32[N, I] {',
  '  param V: f32[I] init ones',
  '  inner = Shift()',
  '  s[n, i] = k * x[n, i] * V[i]',
  '  return s |> inner |> twice(by = 0.5)',
  '}',
  'layer Shift(x: f32[N, I]) {',
  '  param c: f32[I] init zeros',
  '  assert I > 0 : "{I} is too few"',
  '  return x + c',
  '}',
  'model m(size = 3, passes = 2) {',
  '  freeze enc',
  '  input x: f32[B, size]',
  '  target t: f32[B, size]',
  '  enc = Scale(k = 2)',
  '  dec = Scale(1)',
  '  h = x |> enc',
  '  repeat passes {',
  '    h = h |> dec',
  '  }',
  '  (low, _, high) = split(h, 3, over size)',
  '  scan j: size {',
  '    r[b, j] = (r[b, j - 1] else 0) + h[b, j]',
  '  }',
  '  loss = mse(h, t) + mean(r) + mean(low) * mean(high) + sum[i] enc.V[i]',
  '  metric error = mae(h, t)',
  '}',
  'optimizer plain(lr = 0.1) {',
  '  state v = 0',
  '  v <- lr * g',
  '  w <- w - v',
  '}',
  'train m(size = 3) {',
  '  minimize loss over dec with plain(lr = 0.1 / size)',
  '  keep lowest eval.loss',
  '  until error < 0.1',
  '  epochs 5',
  '}',
  '',
].join('\n');

test.each([
  ['a text with each kind of name', written],
  ['xor', readSource(path.join(root, 'models/xor.nn'))],
])('%s is as sound with any of its names changed', (_, text) => {
  const reading = readFile('m.nn', () => text);
  const problems = checkReading(reading).diagnostics.map(({ message }) => message);
  expect(problems).toEqual([]);
  const definitions = reading.meanings.filter(
    ({ at, definition, implied }) =>
      !implied && at.source === reading.main.source && placeKey(at) === placeKey(definition),
  );
  expect(definitions.length).toBeGreaterThan(5);
  for (const { at } of definitions) {
    const after = readFile('m.nn', () => renamedText(reading, at.start, 'another_name'));
    expect(
      checkReading(after).diagnostics.map(({ message }) => message),
      textOf(at),
    ).toEqual([]);
  }
});

test('a loss without a name of its own gets one, also where held-out data is meant', () => {
  const text = [
    'model m {',
    '  input x: f32[B, 3]',
    '  param w: f32[3] init zeros',
    '  loss = mean[b, i] (x[b, i] * w[i])',
    '}',
    'train m {',
    '  minimize loss with sgd(lr = 0.1)',
    '  keep lowest eval.loss',
    '  until loss < 0.1',
    '}',
  ].join('\n');
  const reading = readFile('m.nn', () => text);
  const expected = text
    .replace('  loss =', '  loss cost =')
    .replace('minimize loss', 'minimize cost')
    .replace('eval.loss', 'eval.cost')
    .replace('until loss', 'until cost');
  expect(renamedText(reading, text.indexOf('loss = mean'), 'cost')).toBe(expected);
});

test('a value with the name of a function is another name than what is applied', () => {
  const text = [
    'fn twice(z) = 2 * z',
    'model m {',
    '  input x: f32[B, 3]',
    '  twice = twice(x)',
    '  output y = twice(twice + 1) |> twice',
    '}',
  ].join('\n');
  const reading = readFile('m.nn', () => text);
  const value = text.replace('  twice =', '  double =').replace('(twice + 1)', '(double + 1)');
  expect(renamedText(reading, text.indexOf('twice = twice'), 'double')).toBe(value);
  const applied = text
    .replace('fn twice', 'fn double')
    .replace('= twice(x)', '= double(x)')
    .replace('= twice(twice', '= double(twice')
    .replace('|> twice', '|> double');
  expect(renamedText(reading, text.indexOf('twice(z)'), 'double')).toBe(applied);
});
