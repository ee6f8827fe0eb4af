/** Every message of the checker has a golden: a small wrong file, and below it all that is said about it. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { SettingValue } from '../../compiler/check/typed.ts';
import { checkText, printDiagnostic, type TextOptions } from './check-text.ts';

const folder = new URL('../golden/problems/', import.meta.url);
const problems = new URL('../../compiler/check/problems/', import.meta.url);
const update = process.env.UPDATE_GOLDEN === '1';
const divider = '\n// ---- says\n';

const goldens = readdirSync(folder).filter((name) => /^NN[234]\d\d-.+\.nn$/.test(name));

const codes = readdirSync(problems)
  .flatMap((name) => [...readFileSync(new URL(name, problems), 'utf8').matchAll(/'(NN\d{3})'/g)])
  .map(([, code]) => code!);

/** The options stand in the first lines: `// --set B=4`, `// --mode train`, `// --model name`, `// --recipe name`. */
function optionsOf(text: string): TextOptions {
  const set = Object.fromEntries(
    [...text.matchAll(/^\/\/ --set (\w+)=(\S+)$/gm)].map(
      ([, name, value]) => [name!, JSON.parse(value!) as SettingValue] as const,
    ),
  );
  const model = text.match(/^\/\/ --model (\w+)$/m)?.[1];
  const recipe = text.match(/^\/\/ --recipe (\w+)$/m)?.[1];
  const training = /^\/\/ --mode train$/m.test(text);
  return { set, training, ...(model !== undefined && { model }), ...(recipe !== undefined && { recipe }) };
}

const commented = (text: string): string =>
  text
    .split('\n')
    .map((line) => (line === '' ? '//' : `// ${line}`))
    .join('\n');

describe('the messages of the checker', () => {
  it.each([...new Set(codes)].sort())('%s has a golden', (code) => {
    expect(goldens.filter((name) => name.startsWith(code))).not.toHaveLength(0);
  });

  it('are at least 60', () => {
    expect(new Set(codes).size).toBeGreaterThanOrEqual(60);
  });

  it.each(goldens)('%s', (name) => {
    const path = new URL(name, folder);
    const [source = '', expected] = readFileSync(path, 'utf8').split(divider);
    const { diagnostics } = checkText(source, optionsOf(source));
    const said = diagnostics.map(printDiagnostic).join('\n\n');
    expect(diagnostics.map(({ code }) => code)).toContain(name.slice(0, 5));
    if (update) writeFileSync(path, `${source.trimEnd()}${divider}${commented(said)}\n`);
    else expect(`${commented(said)}\n`).toBe(expected);
  });
});
