/** A system that tells points of the plane apart -> a picture of what it says of the plane, with points that it has not seen. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { printed, root, runSystem } from './command.ts';
import { pictureOf } from './page.ts';
import type { System } from './system.ts';

export async function drawPlane(system: System, points: string): Promise<void> {
  const folder = mkdtempSync(path.join(tmpdir(), 'nnc-plane-'));
  const target = path.join(root, 'docs', pictureOf(system));
  mkdirSync(path.dirname(target), { recursive: true });
  try {
    await runSystem(system, ['--seed', '0', '--save', folder]);
    await printed([
      ...['plot', path.join(root, 'models', `${system.file}.nn`), ...(system.variant?.split(' ') ?? [])],
      ...['--weights', path.join(folder, 'weights.safetensors'), '--device', 'cpu', '--out', target],
      ...['--data', `x=${points}#x1,x2`, '--data', `t=${points}#class`],
    ]);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
