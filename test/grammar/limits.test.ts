/** Hostile texts: deep nesting and long chains give one clear message, long files none, and the stack holds. */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { format } from '../../grammar/format.ts';
import { parse } from '../../grammar/index.ts';
import { NnParser } from '../../grammar/parser.ts';
import { validateLexer } from '../../grammar/tokens.ts';

const codesOf = (text: string): readonly string[] =>
  parse({ name: '', text }).diagnostics.map(({ code }) => code);
const fn = (body: string): string => `fn f(x) = ${body}\n`;
const many = 100_000;
const some = 10_000;

describe('nesting', () => {
  it.each([
    ['parentheses that are never closed', fn('('.repeat(many))],
    ['parentheses', fn(`${'('.repeat(many)}1${')'.repeat(many)}`)],
    ['indices', fn('x['.repeat(some))],
    ['calls', fn(`${'f('.repeat(some)}1${')'.repeat(some)}`)],
    ['sums', fn(`1${' + 1'.repeat(many)}`)],
    ['pipes', fn(`1${' |> f'.repeat(some)}`)],
    ['powers', fn(`1${'**1'.repeat(some)}`)],
    ['signs', fn(`${'-'.repeat(many)}1`)],
    ['negations', fn(`${'not '.repeat(some)}1`)],
    ['conditions', fn(`${'if a then '.repeat(some)}1`)],
    ['alternatives', fn(`${'if a then b else '.repeat(some)}1`)],
    ['reductions', fn(`${'sum[i] '.repeat(some)}1`)],
    ['calls of calls', fn(`f${'()'.repeat(some)}`)],
    ['signs in parentheses', fn(`${`${'-'.repeat(250)}(`.repeat(60)}1${')'.repeat(60)}`)],
    ['wrong pairs', fn('(]'.repeat(many))],
    ['brackets after conditions', fn(`${'if a then '.repeat(some)}(1 + (x[2]))`)],
  ])('%s', (_, text) => {
    expect(codesOf(text)).toEqual(['NN107']);
  });

  it('up to the limits is fine', () => {
    expect(codesOf(fn(`${'('.repeat(64)}1${')'.repeat(64)}`))).toEqual([]);
    expect(codesOf(fn(`1${' + 1'.repeat(255)}`))).toEqual([]);
    expect(codesOf(fn(`${'if a then b else '.repeat(64)}1`))).toEqual([]);
  });

  it('of what a recovery has to unwind is fine, too', () => {
    expect(codesOf(fn(`${'x['.repeat(64)}1 1${']'.repeat(64)}`))).toEqual(['NN101']);
    expect(codesOf(fn(`${'f('.repeat(64)}1 1${')'.repeat(64)}`))).toEqual(['NN101']);
    expect(codesOf(fn(`${'sum[i where '.repeat(64)}1 1${'] 1'.repeat(64)}`))).toEqual(['NN101']);
  });
});

describe('long files', () => {
  it('parse and format', () => {
    const text = `model m {\n${'  h = x + 1 * 2\n'.repeat(3000)}}\n`;
    expect(codesOf(text)).toEqual([]);
    expect(format({ name: '', text })).toEqual({ text });
  });

  it.each([
    ['of errors', `model m {\n${'h = x + * 2\n'.repeat(500)}}`, 'NN101'],
    ['of signs', '}'.repeat(some), 'NN106'],
    ['of foreign letters', '§ a'.repeat(1000), 'NN102'],
  ])('%s have a bounded number of messages', (_, text, code) => {
    const codes = codesOf(text);
    expect(codes).toHaveLength(50);
    expect(new Set(codes)).toEqual(new Set([code, 'NN199']));
  });
});

describe('the parser library', () => {
  it('still ships the one file that starts fast', () => {
    const entry = pathToFileURL(createRequire(import.meta.url).resolve('chevrotain'));
    expect(existsSync(new URL('../chevrotain.min.mjs', entry))).toBe(true);
  });
});

describe('the definitions', () => {
  it('of the reference have the names of the rules', () => {
    const documented = [...readFileSync('grammar/nn.ebnf', 'utf8').matchAll(/^(\w+) +=/gm)].map(
      ([, name]) => name,
    );
    const rules = Object.keys(new NnParser({ validate: false }).getGAstProductions());
    expect(documented.toSorted()).toEqual(rules.toSorted());
  });

  it('of lexer and parser are valid: start-up skips that check', () => {
    expect(validateLexer()).toEqual([]);
    expect(() => new NnParser({ validate: true })).not.toThrow();
  });
});
