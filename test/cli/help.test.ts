/** Every command has a help, and every example in it works in an empty folder, in the order in which a new user would try them. */
import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import { commandsFor } from '../../src/commands/index.ts';
import { nnc, scratch } from './command-line.ts';

const { folder, remove } = scratch();
const before = process.cwd();
const commands = await commandsFor(undefined);

beforeAll(() => process.chdir(folder));

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

// What makes data comes before what trains, and that before what needs weights.
const begin = ['new', 'digits', 'train'];
const inOrder = [
  ...begin.map((name) => commands.find((command) => command.name === name)!),
  ...commands.filter(({ name }) => !begin.includes(name)),
];
/** Fewer than a user would draw: what trains with them takes less time. */
const fewDigits = ['--train', '256', '--test', '32'];

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
    const isAll = name === 'digits' && !args.includes('--train');
    const { code, out, err } = await nnc(...args, ...(isAll ? fewDigits : []));
    expect(code, `${out}${err}`).toBe(0);
    if (target !== undefined) writeFileSync(target, out);
  });
});
