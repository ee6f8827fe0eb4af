/** Completion as a shell does it, from what the commands say of themselves; and a folder to begin with. */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { commandsFor } from '../../src/commands/index.ts';
import { completionScript } from '../../src/views/completion.ts';
import { filesIn, nnc, scratch } from './command-line.ts';

const { at, remove } = scratch();
afterAll(remove);

const names = (await commandsFor(undefined)).map(({ name }) => name);

describe('completion', () => {
  it('gives commands, options and what options take, and files where it knows nothing', async () => {
    const { code, out } = await nnc('completion', 'bash');
    expect(code).toBe(0);
    writeFileSync(at('c.bash'), out);
    const lines = [
      ['ru'],
      ['run', '--dev'],
      ['run', '--device', 's'],
      ['run', '--device', ''],
      ['run', 'models/'],
      ['train', '--save', '--r'],
      ['sample', '--temp'],
    ];
    const script = lines.map((words) => {
      const all = ['nnc', ...words].map((word) => `'${word}'`).join(' ');
      return `COMP_WORDS=(${all}); COMP_CWORD=${words.length}; _nnc; echo "${'$'}{COMPREPLY[*]}"`;
    });
    const { stdout, stderr } = spawnSync(
      'bash',
      ['--norc', '-c', `. '${at('c.bash')}'; ${script.join('; ')}`],
      { encoding: 'utf8' },
    );
    expect(stderr).toBe('');
    expect(stdout.trimEnd().split('\n')).toEqual([
      'run',
      '--device',
      'software',
      'auto hardware software cpu',
      '',
      '',
      '--temperature',
    ]);
  });

  it.each(['zsh', 'fish'])('knows all commands in %s', async (shell) => {
    const { out } = await nnc('completion', shell);
    for (const name of names) expect(out).toMatch(new RegExp(`\\b${name}\\b`));
    expect(out).toContain('auto hardware software cpu');
  });

  it('quotes what it is told', () => {
    const options = [{ flag: '--a', summary: "it's \\ this", takesValue: true, choices: ['x', 'y'] }];
    expect(completionScript('fish', [{ name: 'n', summary: 's', options }])).toContain(
      "-l a -x -a 'x y' -d 'it\\'s \\\\ this'\n",
    );
  });
});

describe('a new folder', () => {
  it('has a model in its canonical form, and points that it learns as the model says', async () => {
    const { code, out } = await nnc('new', at('moons'));
    expect(code).toBe(0);
    expect(filesIn(at('moons'))).toEqual(['moons.nn', 'points.csv']);
    expect((await nnc('fmt', at('moons/moons.nn'), '--check')).code).toBe(0);
    const [train, run] = out
      .split('\n')
      .slice(1, 3)
      .map((line) => line.trim().split(' ').slice(1));
    expect(readFileSync(at('moons/moons.nn'), 'utf8')).toContain(`//     nnc ${train!.join(' ')}\n`);
    const trained = await nnc(...train!, '--device', 'cpu');
    expect(trained.code, trained.err).toBe(0);
    expect(Number(/eval accuracy = (\S+)/.exec(trained.out)?.[1])).toBeGreaterThan(0.9);
    expect((await nnc(...run!, '--device', 'cpu')).out).toMatch(/\n {2}lower \d+\.\d% +upper/);
  });

  it.each([
    ['9a', 'cannot be the name of a model'],
    ['a-b', 'cannot be the name of a model'],
    ['model', 'is no word of the language'],
    ['.', 'cannot be the name of a model'],
  ])('%s is refused', async (name, message) => {
    expect((await nnc('new', at(name))).err).toContain(message);
  });

  it('is never written over another', async () => {
    expect((await nnc('new', at('twice'))).code).toBe(0);
    const again = await nnc('new', at('twice'));
    expect(again).toMatchObject({ code: 2, out: '' });
    expect(again.err).toContain('is there already');
  });
});
