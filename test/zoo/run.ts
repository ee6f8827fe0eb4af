/**
 * `npm run models [-- --only NAME]`: runs each row of the zoo three times as its file says, on the processor, and writes
 * `docs/models.md`. With `--only`, the rows whose names hold one of NAME,NAME; the others stay as they were found.
 */

import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { hasData, runSystem, type Said, wordsOf } from './command.ts';
import { meanOf, modelsPage, pageFile, type Results, type Row, resultsFile } from './page.ts';
import { drawPlane } from './plane.ts';
import { drawSheets } from './sheet.ts';
import { nameOf, reaches, type System } from './system.ts';
import { systems } from './systems.ts';
import { drawWay } from './way.ts';
import { writtenBy } from './written.ts';

const seeds = [0, 1, 2] as const;

const { values: options } = parseArgs({ options: { only: { type: 'string' } } });

/** What the first seed has learnt is saved in the folder, where something is to be shown of it. */
async function rowOf(system: System, folder: string): Promise<Row> {
  const { goal, baseline } = system;
  const runs: Said[] = [];
  for (const seed of seeds) {
    const own = ['--seed', String(seed)];
    const saved = seed === seeds[0] && isShown(system) ? ['--save', folder] : [];
    runs.push(await runSystem(system, [...own, ...saved], own));
  }
  const reported = ({ values }: Said, name: string): number => {
    const value = values.get(name);
    if (value === undefined)
      throw new Error(`${nameOf(system)} has no ${name}: ${[...values.keys()].join(', ')}`);
    return value;
  };
  const told = baseline.value;
  const usual =
    typeof told === 'function' ? told() : typeof told === 'number' ? told : reported(runs[0]!, told);
  const { parameters, samples, epochs } = runs[0]!;
  const seconds = runs.reduce((sum, run) => sum + run.seconds, 0) / runs.length;
  return {
    figures: runs.map((run) => reported(run, goal.value)),
    baseline: usual,
    seconds: Number(seconds.toFixed(1)),
    parameters,
    samples,
    epochs,
  };
}

const isShown = (system: System): boolean =>
  wordsOf(system)[0] === 'train' &&
  [system.plane, system.sheet, system.writes].some((one) => one !== undefined);

async function draw(system: System, folder: string): Promise<void> {
  if (system.plane !== undefined) await drawPlane(system, system.plane, folder);
  if (system.way) await drawWay(system);
  await drawSheets(system, folder);
}

/** What is there now: another run may have written since. */
const found = (): Results =>
  existsSync(resultsFile) ? (JSON.parse(readFileSync(resultsFile, 'utf8')) as Results) : {};

const parts = (options.only ?? '').split(',');
const wanted = systems
  .filter(hasData)
  .filter((system) => parts.some((part) => nameOf(system).includes(part)));
if (wanted.length === 0) {
  process.stderr.write(`no row of the zoo is named ${options.only}\n`);
  process.exitCode = 2;
}
/** After each row, so that nothing is lost of a run that ends early. */
function keep(name: string, row: Row): void {
  const results: Results = { ...found(), [name]: row };
  const kept = systems.map(nameOf).filter((one) => results[one] !== undefined);
  const rows = Object.fromEntries(kept.map((one) => [one, results[one]!]));
  writeFileSync(resultsFile, `${JSON.stringify(rows, undefined, 2)}\n`);
}

for (const system of wanted) {
  const folder = mkdtempSync(path.join(tmpdir(), 'nnc-row-'));
  const row = await rowOf(system, folder);
  await draw(system, folder);
  const written = system.writes === undefined ? undefined : await writtenBy(system, system.writes, folder);
  rmSync(folder, { recursive: true });
  keep(nameOf(system), { ...row, ...(written && { written }) });
  const mean = meanOf(row.figures);
  process.stdout.write(
    `${nameOf(system)}: ${row.figures.map((v) => v.toPrecision(4)).join(', ')} (${system.goal.is} ${system.goal.goal}` +
      `${reaches(system.goal, mean) ? '' : ', NOT reached'}), baseline ${row.baseline.toPrecision(4)}, ${row.seconds.toFixed(1)} s\n`,
  );
}
writeFileSync(pageFile, modelsPage(systems, found()));
