/** The grammar for editors: its file is made of the language's tables, and it tells words, numbers, texts and comments as the lexer does. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test, vi } from 'vitest';
import oniguruma from 'vscode-oniguruma';
import textmate, { type IGrammar, type IRawGrammar } from 'vscode-textmate';
import { comments } from '../../grammar/index.ts';
import { layOut } from '../../grammar/layout.ts';
import { classify } from '../../grammar/lexical.ts';
import { span } from '../../grammar/source.ts';
import { Identifier, isKeyword, lex, NumberToken, Reducer, StringToken } from '../../grammar/tokens.ts';
import { commandsFor } from '../../src/commands/index.ts';
import { preludeFile } from '../../src/language-server/prelude-files.ts';
import { preludeSources } from '../../src/model/prelude-sources.ts';
import { textMateText } from '../../src/views/textmate.ts';

const root = path.resolve(import.meta.dirname, '../..');
const extension = path.join(root, 'editors/vscode');
const file = path.join(extension, 'syntaxes/nn.tmLanguage.json');

test('its file is what the tables say', () => {
  if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(file, textMateText());
  expect(readFileSync(file, 'utf8')).toBe(textMateText());
});

test('all that the extension names is there', async () => {
  const manifest = JSON.parse(readFileSync(path.join(extension, 'package.json'), 'utf8')) as {
    readonly main: string;
    readonly contributes: {
      readonly languages: readonly { readonly configuration: string }[];
      readonly grammars: readonly { readonly path: string; readonly scopeName: string }[];
      readonly configuration: {
        readonly properties: Readonly<Record<string, { readonly default: readonly string[] }>>;
      };
    };
  };
  const { languages, grammars, configuration } = manifest.contributes;
  const files = [
    manifest.main,
    ...languages.map((one) => one.configuration),
    ...grammars.map((one) => one.path),
  ];
  expect(files.filter((name) => !existsSync(path.join(extension, name)))).toEqual([]);
  expect(grammars.map(({ scopeName }) => scopeName)).toEqual([JSON.parse(textMateText()).scopeName]);
  const [program, command] = configuration.properties['nn.server']!.default;
  expect([program, (await commandsFor(command)).map(({ name }) => name)]).toEqual(['nnc', ['lsp']]);
});

async function loadGrammar(): Promise<IGrammar> {
  const wasm = readFileSync(createRequire(import.meta.url).resolve('vscode-oniguruma/release/onig.wasm'));
  await oniguruma.loadWASM(wasm);
  const registry = new textmate.Registry({
    onigLib: Promise.resolve({
      createOnigScanner: (sources) => new oniguruma.OnigScanner(sources),
      createOnigString: (text) => new oniguruma.OnigString(text),
    }),
    loadGrammar: async () => JSON.parse(textMateText()) as IRawGrammar,
  });
  return (await registry.loadGrammar('source.nn'))!;
}

/** The scopes at each offset of a text. */
function scopesOf(grammar: IGrammar, text: string): (offset: number) => string {
  const found: string[] = [];
  let state = textmate.INITIAL;
  let start = 0;
  for (const line of text.split('\n')) {
    const { tokens, ruleStack } = grammar.tokenizeLine(line, state);
    for (const { startIndex, endIndex, scopes } of tokens)
      for (let at = startIndex; at < endIndex; at += 1) found[start + at] = scopes.slice(1).join(' ');
    state = ruleStack;
    start += line.length + 1;
  }
  return (offset) => found[offset] ?? '';
}

const texts = ['models', 'compiler/prelude'].flatMap((folder) =>
  readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.nn'))
    .map((name) => path.join(folder, name)),
);

test('each word, number, text and comment of all models and of the prelude is what the lexer says', async () => {
  const grammar = await loadGrammar();
  const wrong: string[] = [];
  for (const name of texts) {
    const text = readFileSync(path.join(root, name), 'utf8');
    const scopeAt = scopesOf(grammar, text);
    const source = { name, text };
    const at = (start: number, end: number) => span(source, start, end);
    const expectAt = (offset: number, image: string, scope: RegExp): void => {
      if (!scope.test(scopeAt(offset)))
        wrong.push(`${name}:${text.slice(0, offset).split('\n').length} ${image} is ${scopeAt(offset)}`);
    };
    for (const { start, text: image } of comments(source)) expectAt(start, image, /^comment/);
    for (const { tokenType, startOffset, image } of layOut(
      classify(lex(text), text, at).tokens,
      at,
      text.length,
    ).tokens) {
      if (Number.isNaN(startOffset)) continue;
      if (isKeyword(tokenType))
        expectAt(startOffset, image, /^(?:keyword|storage|constant\.language|support\.type)/);
      if (tokenType === NumberToken) expectAt(startOffset, image, /^constant\.numeric/);
      if (tokenType === StringToken) expectAt(startOffset, image, /^string/);
      if (tokenType === Reducer) expectAt(startOffset, image, /^support\.function/);
      if (tokenType === Identifier) expectAt(startOffset, image, /^(?:$|entity|support|constant\.language)/);
    }
  }
  expect(wrong).toEqual([]);
});

test('a text of the prelude has a file, also where none is installed', () => {
  const [source] = preludeSources();
  const folder = mkdtempSync(path.join(tmpdir(), 'nnc-cache-'));
  vi.stubEnv('XDG_CACHE_HOME', folder);
  try {
    expect(preludeFile(source!)).toBe(path.join(root, 'compiler', source!.name));
    const copy = preludeFile(source!, pathToFileURL(`${folder}/`));
    expect(copy.startsWith(folder)).toBe(true);
    expect(readFileSync(copy, 'utf8')).toBe(source!.text);
  } finally {
    vi.unstubAllEnvs();
    rmSync(folder, { recursive: true });
  }
});
