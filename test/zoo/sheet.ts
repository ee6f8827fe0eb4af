/** A system that makes pictures -> those of one of its outputs, after its training, on one sheet. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { printed, root, runSystem, wordsOf } from './command.ts';
import { sheetOf } from './page.ts';
import type { System } from './system.ts';

export async function drawSheet(
  system: System,
  { output, data }: NonNullable<System['sheet']>,
): Promise<void> {
  const folder = mkdtempSync(path.join(tmpdir(), 'nnc-sheet-'));
  const target = path.join(root, 'docs', sheetOf(system));
  mkdirSync(path.dirname(target), { recursive: true });
  const trained = wordsOf(system)[0] === 'train';
  try {
    if (trained) await runSystem(system, ['--seed', '0', '--save', folder]);
    await printed([
      ...['run', path.join(root, 'models', `${system.file}.nn`), ...(system.variant?.split(' ') ?? [])],
      ...(trained ? ['--weights', path.join(folder, 'weights.safetensors')] : []),
      ...['--device', 'cpu', '--only', output, ...(data?.split(' ') ?? []), '--out', target],
    ]);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
