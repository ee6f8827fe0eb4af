/** The program in a clone is always that of its sources; the package has all that it needs, and no sources. */
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { publint } from 'publint';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { filesIn, root, type Said, scratch } from './command-line.ts';

const { at, remove } = scratch();
afterAll(remove);

function nncIn(folder: string, ...args: readonly string[]): Said {
  const program = path.join(folder, 'bin/nnc.mjs');
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], { encoding: 'utf8' });
  return { code: status, out: stdout, err: stderr };
}

describe('a clone', () => {
  const clone = at('clone');
  const source = path.join(clone, 'src/main.ts');
  beforeAll(() => {
    mkdirSync(clone);
    for (const name of ['bin', 'scripts', 'grammar', 'compiler', 'runtime', 'src'])
      cpSync(path.join(root, name), path.join(clone, name), { recursive: true });
    for (const name of ['package.json', 'package-lock.json'])
      cpSync(path.join(root, name), path.join(clone, name));
    symlinkSync(path.join(root, 'node_modules'), path.join(clone, 'node_modules'));
  });

  /** An edit that no clock sees: of the same length, and as old as before. */
  function edit(from: string, to: string): void {
    const { atime, mtime } = statSync(source);
    const text = readFileSync(source, 'utf8');
    expect(text).toContain(from);
    writeFileSync(source, text.replace(from, to));
    utimesSync(source, atime, mtime);
  }

  test('needs no step of building', () => {
    expect(nncIn(clone, '--help')).toMatchObject({ code: 0, err: '' });
    const isPart = (name: string): boolean => /-[0-9A-Z]{8}\.js$/.test(name);
    expect(filesIn(path.join(clone, 'dist')).filter((name) => !isPart(name))).toEqual([
      'cli.js',
      'compiler.js',
      'demo.js',
      'index.js',
      'page.css',
      'page.js',
      'runtime.js',
    ]);
  });

  test('runs its sources as they are now', () => {
    edit('a mistake of nnc', 'no luck with nnc');
    expect(nncIn(clone, '--help').out).toContain('no luck with nnc');
  });

  test('makes nothing anew where nothing has changed', () => {
    const made = statSync(path.join(clone, 'dist/cli.js')).ino;
    expect(nncIn(clone, '--version').code).toBe(0);
    expect(statSync(path.join(clone, 'dist/cli.js')).ino).toBe(made);
  });

  test('reads its sources no more, once it has found them to be the same', () => {
    const memory = path.join(clone, 'dist/sources.txt');
    const of = { encoding: 'utf8' } as const;
    // Times say nothing within a tick of the clock. Later, what lies there is the same, and is read no more.
    const noted = readFileSync(memory, of);
    const later = new Date(Date.now() + 10_000);
    utimesSync(memory, later, later);
    const { ino } = statSync(memory);
    expect(nncIn(clone, '--version').code).toBe(0);
    expect({ ino: statSync(memory).ino, noted: readFileSync(memory, of) }).toEqual({ ino, noted });
    edit('no luck with nnc', 'a mistake of nnc');
    expect(nncIn(clone, '--help').out).toContain('a mistake of nnc');
  });

  test('does not run what it was before where the sources are wrong', () => {
    edit('/** Runs one command', '** Runs one command');
    const { code, out, err } = nncIn(clone, '--help');
    expect({ code, out }).toEqual({ code: 70, out: '' });
    expect(err).toContain('src/main.ts:');
    expect(err).not.toMatch(/^ {4}at /m);
  });
});

describe('a clone without development packages', () => {
  const clone = at('bare');
  const bundle = (...args: readonly string[]) =>
    spawnSync(process.execPath, [path.join(clone, 'scripts/bundle.mjs'), ...args], { encoding: 'utf8' });
  beforeAll(() => {
    mkdirSync(clone);
    for (const name of ['bin', 'scripts', 'grammar', 'compiler', 'runtime', 'src', 'package-lock.json'])
      cpSync(path.join(root, name), path.join(clone, name), { recursive: true });
  });

  test('is installed all the same, with a note of what is missing', () => {
    const { status, stderr } = bundle('--if-possible');
    expect(status).toBe(0);
    expect(stderr).toMatch(/^note: .* without esbuild.*`npm ci` without --omit=dev.*\n$/);
  });

  test('says what is missing where the program is asked for', () => {
    expect(bundle()).toMatchObject({
      status: 70,
      stderr: expect.stringMatching(/^error: .* without esbuild/) as string,
    });
    const { code, err } = nncIn(clone, 'check', 'm.nn');
    expect(code).toBe(70);
    expect(err).toMatch(/^error: .* without esbuild.*\n$/);
  });
});

describe('the package', () => {
  const unpacked = at('package');
  beforeAll(() => {
    const npm = ['pack', '--ignore-scripts', '--silent', '--pack-destination', at('')];
    const archive = execFileSync('npm', npm, { cwd: root, encoding: 'utf8' }).trim();
    execFileSync('tar', ['-xzf', at(archive), '-C', at('')]);
    const { dependencies } = JSON.parse(readFileSync(path.join(unpacked, 'package.json'), 'utf8')) as {
      dependencies: Readonly<Record<string, string>>;
    };
    // What npm installs beside it, and no more: neither Dawn nor a software adapter.
    for (const name of Object.keys(dependencies)) {
      const link = path.join(unpacked, 'node_modules', name);
      mkdirSync(path.dirname(link), { recursive: true });
      symlinkSync(path.join(root, 'node_modules', name), link);
    }
  });

  describe('without what only WGSL needs', () => {
    const xor = ['--data', 'x=0,1', '--data', 't=1'];
    const table = ['--data', `x=${at('xor.csv')}#0-1`, '--data', `t=${at('xor.csv')}#2`];
    beforeAll(() => writeFileSync(at('xor.csv'), '0,0,0\n0,1,1\n1,0,1\n1,1,0\n'));
    const model = path.join(unpacked, 'models/xor.nn');
    test.each([
      ['dump', model, '--stage', 'wgsl', '--set', 'B=4'],
      ['dump', model, '--stage', 'wat', '--set', 'B=4'],
      ['run', model, ...xor],
      ['train', model, ...table, '--epochs', '1'],
      ['explain', model, '--wrt', 'Dense_1.W'],
      ['gradcheck', model, '--set', 'B=2'],
      ['trace', model, '--at', 'x=[[0,1]],t=[1]', '--on', 'cpu'],
      ['profile', model, '--repeats', '1'],
      ['memory', model],
    ])('nnc %s works', (...args) => {
      expect(nncIn(unpacked, ...args)).toMatchObject({ code: 0 });
    });

    test('an adapter is refused, with what to install', () => {
      for (const kind of ['software', 'hardware']) {
        const { code, err } = nncIn(unpacked, 'run', model, ...xor, '--device', kind);
        expect(code).toBe(3);
        expect(err).toMatch(/^device error: no \w+ WebGPU device found\n.*npm install webgpu/);
      }
      const { code, out } = nncIn(unpacked, 'devices');
      expect(code).toBe(0);
      expect(out).toMatch(/none: the npm package webgpu, [^:]* is not installed/);
      expect(out).toMatch(/used by --device cpu and auto/);
    });
  });

  test('has no sources', () => {
    expect(filesIn(unpacked).filter((name) => /(?<!\.d)\.ts$|\.tmp$|demo|sources\.txt/.test(name))).toEqual(
      [],
    );
  });

  test('checks a model, and writes a page', () => {
    const model = path.join(unpacked, 'models/linear_regression.nn');
    expect(nncIn(unpacked, 'check', model)).toMatchObject({ code: 0, err: '' });
    expect(nncIn(unpacked, 'view', model, '-o', at('page.html')).code).toBe(0);
    expect(readFileSync(at('page.html'), 'utf8')).toContain(
      readFileSync(path.join(unpacked, 'dist/page.js'), 'utf8'),
    );
  });

  test('is a library, under its name', () => {
    const empty = at('empty');
    mkdirSync(path.join(empty, 'node_modules'), { recursive: true });
    symlinkSync(unpacked, path.join(empty, 'node_modules/nnc'));
    const script = `
      import { compileFile, wasmExecutor } from 'nnc';
      import { compileSource } from 'nnc/compiler';
      import { DataError } from 'nnc/runtime';
      const text = 'model m { input x: f32[B]; output y = relu(x) }';
      const { compilation } = compileSource({ name: 'm.nn', text }, { data: { x: { shape: [2] } } });
      console.log(compilation.program.code.kernels.length, typeof wasmExecutor);
      console.log(compileFile('models:xor', { set: { B: 4 } }).typed.model);
      try { compileFile('models:none') } catch (failure) { console.log(failure instanceof DataError) }
    `;
    const saidBy = (text: string): string =>
      execFileSync(process.execPath, ['--input-type=module', '--eval', text], {
        cwd: empty,
        encoding: 'utf8',
      });
    expect(saidBy(script)).toBe('1 function\nxor\ntrue\n');
    const example = /```js\n([\s\S]*?)```/.exec(readFileSync(path.join(root, 'docs/api.md'), 'utf8'))![1]!;
    expect(saidBy(example)).toBe('2 4 6\n');
    expect(nncIn(path.join(empty, 'node_modules/nnc'), 'check', 'models:networks/lenet5').out).toContain(
      'lenet5',
    );
  });

  test('says to tools what is in it', async () => {
    // `npm run build` writes declarations, which takes a type check; here stand-ins of the same names.
    const { files } = JSON.parse(readFileSync(path.join(root, 'tsconfig.build.json'), 'utf8')) as {
      readonly files: readonly string[];
    };
    for (const file of files) {
      const declarations = path.join(unpacked, 'dist/types', file.replace(/\.ts$/, '.d.ts'));
      mkdirSync(path.dirname(declarations), { recursive: true });
      writeFileSync(declarations, 'export {};\n');
    }
    const { messages } = await publint({ pkgDir: unpacked, strict: true, pack: false });
    expect(messages).toEqual([]);
  });
});
