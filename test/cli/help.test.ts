/** Every command has a help, and every example in it works, in the order in which a new user would try them. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import { commandsFor } from '../../src/commands/index.ts';
import { writeDigits } from '../../src/digits/write.ts';
import { copyModels, nnc, scratch } from './command-line.ts';

const { folder, at, remove } = scratch();
const before = process.cwd();
const commands = await commandsFor(undefined);

/** The examples stand in a clone where `npm start` has run; the data are fewer here. */
beforeAll(() => {
  process.chdir(folder);
  copyModels(folder);
  mkdirSync('runs');
  writeDigits({ folder: 'runs/digits', train: 256, test: 32 });
  const flowers = Array.from({ length: 150 }, (_, k) => [k % 7, k % 5, k % 3, k % 2, k % 3].join(','));
  writeFileSync(at('iris.csv'), `${flowers.join('\n')}\n`);
});

afterAll(() => {
  process.chdir(before);
  remove();
});

test('the program lists its commands and exit codes', async () => {
  const { code, out } = await nnc('--help');
  expect(code).toBe(0);
  for (const { name } of commands) expect(out).toMatch(new RegExp(`^  ${name} `, 'm'));
  for (const line of [/^ {2}0 +good/m, /^ {2}1 +/m, /^ {2}2 +/m, /^ {2}3 +/m, /^ {2}130 +interrupted/m]) {
    expect(out).toMatch(line);
  }
});

// What trains comes before what needs weights.
const inOrder = [...commands].sort((a, b) => Number(b.name === 'train') - Number(a.name === 'train'));

describe.each(inOrder)('$name', ({ name, examples }) => {
  it('is found under its name', async () => {
    expect((await commandsFor(name)).map((command) => command.name)).toEqual([name]);
  });

  it('has a help with examples', async () => {
    const { code, out } = await nnc(name, '--help');
    expect(code).toBe(0);
    expect(examples.length).toBeGreaterThan(0);
    for (const example of examples) expect(out).toContain(`  $ ${example}\n`);
  });

  it.each(examples)('$ %s', async (example) => {
    const [line, target] = example.split(' > ');
    const [program, ...args] = line!.split(' ');
    expect(program).toBe('nnc');
    const { code, out, err } = await nnc(...args);
    expect(code, `${out}${err}`).toBe(0);
    if (target !== undefined) writeFileSync(target, out);
  });
});
