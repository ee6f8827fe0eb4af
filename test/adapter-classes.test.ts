/** What depends on the class of an adapter stands in its record: nobody else asks which class it is. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';

const compiler = path.resolve(import.meta.dirname, '../compiler');

/** The record that is looked up, and a fault that says for which class it was found. */
const mayAsk = ['classes/index.ts', 'gradcheck/stages.ts'];

const asks = (text: string): boolean => /\.class\b|\{[^}\n]*\bclass:[^}\n]*\}\s*[=:]/.test(text);

test('the class of a target is asked for in one place', () => {
  const asking = readdirSync(compiler, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .filter((name) => asks(readFileSync(path.join(compiler, name), 'utf8')));
  expect(asking.sort()).toEqual(mayAsk);
});

test.each([
  "target.class === 'software'",
  'const most = limits[target.class];',
  'const { class: kind } = target;',
  'const f = ({ class: kind }: Target) => kind;',
])('%s asks', (text) => expect(asks(text)).toBe(true));
