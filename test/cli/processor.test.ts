/** What commands do for the processor itself: `--device cpu`, its threads, and programs that are built for it. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { afterAll, expect, test } from 'vitest';
import { createSession } from '../../runtime/execute.ts';
import { readProgram } from '../../runtime/read-program.ts';
import { wasmExecutor } from '../../runtime/wasm/node-executor.ts';
import { program } from '../support/command.ts';
import { filesIn, model, nnc, root, scratch, start } from './command-line.ts';

const { at, remove } = scratch();
afterAll(remove);

test('devices tells of it', async () => {
  const { out } = await nnc('devices', '--json');
  const { processor } = JSON.parse(out) as { processor: { class: string; name: string } };
  expect(processor.class).toBe('cpu');
  expect(processor.name).toMatch(/, \d+ threads?$/);
});

test('it runs on as many threads as are wanted', async () => {
  const { code, out, err } = await nnc(
    ...['gradcheck', model('scalar'), '--at', 'x1=2,x2=5', '--device', 'cpu', '--threads', '3'],
  );
  expect(code).toBe(0);
  expect(err).toContain(', 3 threads\n');
  expect(out).toContain('everything agrees');
});

test.each([
  ['none', ['--threads', '0'], 'expected a whole number, 1 or more'],
  ['those of an adapter', ['--on', 'gpu', '--threads', '2'], '--threads counts those of the processor'],
])('%s threads are refused', async (_, options, message) => {
  const { code, err } = await nnc('trace', model('scalar'), '--at', 'x1=2,x2=5', ...options);
  expect(code).toBe(2);
  expect(err).toContain(message);
});

test('a trace has what it computes', async () => {
  const { code, out } = await nnc('trace', model('scalar'), '--at', 'x1=2,x2=5', '--on', 'cpu');
  expect(code).toBe(0);
  expect(out).toMatch(/v3 = sin\(v0\) = sin\(5\) +-0\.959 +-0\.958924\d+ +0\.\d/);
});

test('a built program is read back, and runs', async () => {
  const { code } = await nnc('build', model('scalar'), '--out', at('built'), '--target', 'wasm');
  expect(code).toBe(0);
  expect(filesIn(at('built'))).toEqual(['module.wat', 'program.json']);
  expect(readFileSync(at('built/module.wat'), 'utf8')).toContain('(func $run (export "run")');
  const built = readProgram(JSON.parse(readFileSync(at('built/program.json'), 'utf8')));
  const session = createSession(wasmExecutor({ threads: 1 }));
  try {
    const runner = await session.load(built);
    runner.write('x1', Float32Array.of(2));
    runner.write('x2', Float32Array.of(5));
    await runner.run();
    expect((await runner.read('f'))[0]).toBeCloseTo(Math.log(2) + 10 - Math.sin(5), 5);
  } finally {
    session.close();
  }
});

test.each([
  [['gradcheck', model('scalar'), '--on', 'cpu', '--device', 'software'], '--device software is not'],
  [['dump', model('scalar'), '--stage', 'wgsl', '--target', 'cpu'], 'of the processor it is --stage wat'],
  [['explain', model('scalar'), '--target', 'wgsl'], 'hardware, software, cpu, and wasm, which is cpu'],
  [['sanitize', model('scalar')], '--sanitize is an option of train, run, grad'],
])('%j is refused with what was meant', async (args, message) => {
  const { code, err } = await nnc(...args);
  expect(code).toBe(2);
  expect(err).toContain(message);
});

test('kernels are explained as they are made for it', async () => {
  const { code, out } = await nnc(
    ...['dump', model('mlp'), '--stage', 'kernels', '--explain', '--target', 'cpu', '--set', 'B=32'],
  );
  expect(code).toBe(0);
  expect(out).toContain('a thread packs');
});

test.each([
  {
    title: 'no vectors',
    skip: process.arch !== 'x64',
    command: 'exec "$0" --no-enable-sse4-1 "$@"',
    message: 'WebAssembly has no vectors of 128 bits (SIMD) here',
  },
  {
    title: 'too few addresses for a thread beside the memory',
    skip: process.platform !== 'linux',
    command: 'ulimit -v 12000000; exec "$0" "$@" --threads 2',
    message: /2 threads and their memory need 11\.\d+ GiB of addresses, and this process has 10\.\d+ GiB/,
  },
])('an engine with $title is refused, and nothing is left behind', ({ skip, command, message }) => {
  if (skip) return;
  writeFileSync(at('few.csv'), '0,0,0\n0,1,1\n');
  const data = ['--data', `x=${at('few.csv')}#0-1`, '--data', `t=${at('few.csv')}#2`];
  const args = ['train', model('xor'), ...data, '--save', at('refused'), '--device', 'cpu'];
  const { status, stderr } = spawnSync('sh', ['-c', command, process.execPath, program, ...args], {
    cwd: root,
    encoding: 'utf8',
  });
  expect(stderr).toMatch(message);
  expect(status).toBe(3);
  expect(existsSync(at('refused'))).toBe(false);
});

test('Ctrl-C twice ends it in the middle of a step, and leaves no file behind', async () => {
  const text = `model slow(n = 1600) {
  input x: f32[B]
  param W: f32[n, n] init normal(0, 0.01)
  P[i, j] = sum[k] W[i, k] * W[k, j]
  loss = mean(P ** 2) * mean(x)
}
train slow { minimize loss with sgd(lr = 0.01) batch 2 epochs 1000 }`;
  writeFileSync(at('slow.nn'), text);
  writeFileSync(at('slow.csv'), '1\n2\n');
  const running = start([
    ...['train', at('slow.nn'), '--data', `x=${at('slow.csv')}#0`, '--save', at('slow'), '--device', 'cpu'],
  ]);
  let signals = 0;
  running.process.stderr!.on('data', () => {
    if (signals === 0 && running.err().includes('trained numbers')) {
      signals = 1;
      running.process.kill('SIGINT');
    } else if (signals === 1 && running.err().includes('stopping after this step')) {
      signals = 2;
      running.process.kill('SIGINT');
    }
  });
  expect((await running.ended).code).toBe(130);
  expect(signals).toBe(2);
  expect(filesIn(at('slow'))).toEqual([]);
});

test('limits of adapters are none of its own', async () => {
  const { code, err } = await nnc(
    ...['build', model('scalar'), '--out', at('other'), '--target', 'cpu', '--limits', 'desktop'],
  );
  expect(code).toBe(2);
  expect(err).toContain('the processor has its own');
});

test('five gigabytes are refused with the bill', async () => {
  const { code, err } = await nnc(
    ...['build', model('mlp'), '--out', at('large'), '--target', 'cpu'],
    ...['--purpose', 'train', '--set', 'B=1200000'],
  );
  expect(code).toBe(1);
  expect(err).toMatch(
    /program mlp\.train takes 4\.8 GiB in \d+ buffers; there is 4\.0 GiB with the processor/,
  );
  expect(err).toContain('then h: f32[1200000, 128], 585.9 MiB');
  const { code: smaller, out } = await nnc(
    ...['memory', model('mlp'), '--device', 'cpu', '--set', 'B=32', '--json'],
  );
  expect(smaller).toBe(0);
  expect(JSON.parse(out)).toMatchObject({ limits: { class: 'cpu' }, requirements: { workgroupStorage: 0 } });
});
