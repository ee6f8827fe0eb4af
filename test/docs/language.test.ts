/** The language reference: its examples compile, or fail as they say, and its tables are complete. */
import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { compileText, messages } from '../prelude/program.ts';
import { functionTable, limitTable, nothingTable, preludeTables, reducerTable } from './tables.ts';

const file = new URL('../../docs/language.md', import.meta.url);
const tables = {
  reducers: reducerTable(),
  nothing: nothingTable(),
  functions: functionTable(),
  prelude: preludeTables(),
  limits: limitTable(),
};

const section = (name: string): RegExp =>
  new RegExp(`<!-- begin ${name} -->\\n([\\s\\S]*?)<!-- end ${name} -->`);

/** The reference; with `UPDATE_GOLDEN=1` its tables are written anew first. */
function reference(): string {
  const present = readFileSync(file, 'utf8');
  if (process.env.UPDATE_GOLDEN === undefined) return present;
  const updated = Object.entries(tables).reduce(
    (all, [name, table]) =>
      all.replace(section(name), () => `<!-- begin ${name} -->\n${table}\n<!-- end ${name} -->`),
    present,
  );
  writeFileSync(file, updated);
  return updated;
}

const text = reference();

interface Example {
  readonly line: number;
  readonly code: string | undefined;
  readonly text: string;
}

function examplesOf(markdown: string): readonly Example[] {
  const found: Example[] = [];
  for (const match of markdown.matchAll(/^```nn(?: (?:error|warning)=(NN\d+))?\n([\s\S]*?)^```$/gm)) {
    const line = markdown.slice(0, match.index).split('\n').length;
    found.push({ line, code: match[1], text: match[2]! });
  }
  return found;
}

const examples = examplesOf(text);

const written = (name: string): string => section(name).exec(text)?.[1]?.trim() ?? `no section ${name}`;

describe('docs/language.md', () => {
  it('has examples, right and wrong', () => {
    expect(examples.filter((e) => e.code === undefined).length).toBeGreaterThan(20);
    expect(examples.filter((e) => e.code !== undefined).length).toBeGreaterThan(2);
    expect(text.match(/^```nn/gm)?.length).toBe(examples.length);
  });

  for (const example of examples) {
    it(`line ${example.line}: ${example.code ?? 'compiles'}`, () => {
      for (const training of [false, true]) {
        const { diagnostics } = compileText(example.text, { training, bindings: new Map([['B', 4]]) });
        const codes = messages(diagnostics).map((message) => message.split(' ')[0]);
        if (example.code === undefined) expect(messages(diagnostics)).toEqual([]);
        else expect(codes).toEqual([example.code]);
      }
    });
  }

  it.each(Object.entries(tables))('the table of %s is complete', (name, table) => {
    expect(written(name)).toBe(table);
  });
});
