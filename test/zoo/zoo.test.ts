/** Each file of the zoo, in a shortened form of the command that it names: it does what it says. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it, test } from 'vitest';
import { format } from '../../grammar/format.ts';
import { hasData, root, runSystem, textOf } from './command.ts';
import { modelsPage, pageFile, type Results, resultsFile } from './page.ts';
import { nameOf, reaches } from './system.ts';
import { systems } from './systems.ts';

/** Networks as published, sweeps and exercises have tests of their own. */
const elsewhere = ['networks', 'experiments', 'exercises'];

const models = path.join(root, 'models');
const files = readdirSync(models, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && !elsewhere.includes(entry.name))
  .flatMap(({ name }) =>
    readdirSync(path.join(models, name))
      .filter((file) => file.endsWith('.nn'))
      .map((file) => `${name}/${file.replace(/\.nn$/, '')}`),
  );

test('every file has a row, and every row a file', () => {
  expect([...new Set(systems.map(({ file }) => file))].sort()).toEqual(files.sort());
});

describe.each(files)('models/%s.nn', (file) => {
  const text = textOf(file);

  it('is formatted', () => {
    expect(format({ name: file, text })).toEqual({ text });
  });

  it('says from which idea it is, what it shows, how it is run and what to expect', () => {
    expect(text).toMatch(
      /^\/\/ .+\n(\/\/.*\n)*\/\/ Shows: (.*\n\/\/ )*.*\n\/\/\n\/\/ {5}nnc (.*\n)+?\/\/ Expect: /,
    );
    expect(text.split('\n\n')[0]).toMatch(/\b1[789]\d\d\b|\b20[012]\d\b/);
  });
});

const results = JSON.parse(readFileSync(resultsFile, 'utf8')) as Results;

test('docs/models.md has the results that were found', () => {
  expect(readFileSync(pageFile, 'utf8')).toBe(modelsPage(systems, results));
});

test.each(systems.filter(hasData).map((system) => [nameOf(system), system] as const))(
  '%s reaches its figure, or what it should in less time',
  async (_, system) => {
    const { goal, short } = system;
    const words = (text = ''): readonly string[] => text.split(' ').filter((word) => word !== '');
    const { values } = await runSystem(system, words(short.options), words(short.before));
    const sooner = short.goal ?? goal.goal;
    const wanted = typeof sooner === 'number' ? { ...goal, goal: sooner } : sooner;
    const value = values.get(wanted.value);
    expect(value).toBeTypeOf('number');
    expect(
      reaches(wanted, value!),
      `${wanted.value} is ${value}, ${wanted.is} ${wanted.goal} was wanted`,
    ).toBe(true);
  },
);
