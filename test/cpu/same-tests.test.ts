/** Each file of tests that runs kernels on an adapter runs them on the processor, too; what cannot stands here, with its reason. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';

const root = path.resolve(import.meta.dirname, '..');
const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');

const left: Readonly<Record<string, string>> = {
  'device/accuracy.test.ts': 'the same functions to the bit of what they say: cpu/functions.test.ts',
  'device/execute.test.ts': 'how WebGPU is called; programs in WGSL',
  'device/functions.test.ts': 'the same functions to the bit of what they say: cpu/functions.test.ts',
  'device/memory.test.ts': 'how WebGPU has no memory left; cpu/execute.test.ts for the processor',
  'device/names.test.ts': 'words of WGSL',
  'device/networks.test.ts': 'all networks, not a sample: networks/reduced.test.ts',
  'device/node-device.test.ts': 'how an adapter is found',
  'device/random-graphs.test.ts': 'the same graphs, and more: cpu/random-graphs.test.ts',
  'device/train.test.ts': 'the loop of a training on programs in WGSL; cli/ trains on the processor',
  'device/zoo.test.ts': 'all of the zoo, not a sample: zoo/checked.test.ts',
};

test('all that runs on an adapter runs on the processor, or is named', () => {
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.test.ts') && file !== 'cpu/same-tests.test.ts')
    .filter((file) => /openNodeDevice|onDevice\(\)/.test(read(file)));
  const onBoth = files.filter((file) =>
    /'cpu'|'processor'|onDevice\(\)|Object\.values\(defaultTargets\)/.test(read(file)),
  );
  const others = files.filter((file) => !onBoth.includes(file));
  expect(others.filter((file) => !(file in left))).toEqual([]);
  expect(Object.keys(left).filter((file) => onBoth.includes(file))).toEqual([]);
  expect(onBoth.length).toBeGreaterThan(10);
  console.info(
    `${onBoth.length} of ${files.length} files of tests on adapters run their kernels on the processor, too`,
  );
});
