/** How a training shows itself: a bar on a terminal, a line an epoch elsewhere, rows of a CSV file. */
import cliProgress from 'cli-progress';
import pc from 'picocolors';
import type { EpochReport, Progress } from '../runtime/train.ts';
import { writeFileAtomic } from './files.ts';

export type Values = ReadonlyMap<string, number>;

export interface TrainingView {
  progress(progress: Progress): void;
  epoch(report: EpochReport, evaluation: Values | undefined): void;
  close(): void;
}

/** `0.0123`, `1.23e-7`: four significant digits. */
export const numberText = (value: number): string =>
  value !== 0 && (Math.abs(value) < 1e-3 || Math.abs(value) >= 1e5) ? value.toExponential(2) : value.toPrecision(4);

export const valuesText = (values: Values): string =>
  [...values].map(([name, value]) => `${name} ${numberText(value)}`).join('  ');

export function trainingView(rate: number | undefined): TrainingView {
  const rateText = rate === undefined ? '' : `  lr ${numberText(rate)}`;
  const line = (report: EpochReport, evaluation: Values | undefined): string => {
    const held = evaluation ? `  ${pc.bold(`eval ${valuesText(evaluation)}`)}` : '';
    return `epoch ${report.epoch}/${report.epochs}  ${valuesText(report.values)}${held}  ${report.seconds.toFixed(1)} s`;
  };
  if (!process.stderr.isTTY) {
    return {
      progress() {},
      epoch(report, evaluation) {
        process.stderr.write(`${line(report, evaluation)}\n`);
      },
      close() {},
    };
  }
  const bar = new cliProgress.SingleBar({
    format: '{title} {bar} {value}/{total}  {values}',
    clearOnComplete: true,
    hideCursor: true,
    gracefulExit: false,
  });
  let shown = 0;
  return {
    progress({ epoch, epochs, step, stepsPerEpoch, values, samplesPerSecond }) {
      const speed = `${Math.round(samplesPerSecond).toLocaleString('en')} samples/s`;
      const payload = { title: `epoch ${epoch}/${epochs}`, values: `${valuesText(values)}${rateText}  ${speed}` };
      if (shown === epoch) bar.update(step, payload);
      else bar.start(stepsPerEpoch, step, payload);
      shown = epoch;
    },
    epoch(report, evaluation) {
      bar.stop();
      process.stderr.write(`${line(report, evaluation)}\n`);
    },
    close() {
      bar.stop();
    },
  };
}

/** A CSV file with a row an epoch, complete after each. */
export function epochLog(file: string): (report: EpochReport, evaluation: Values | undefined) => void {
  const rows: string[] = [];
  return (report, evaluation) => {
    const cells = new Map<string, number>([
      ['epoch', report.epoch],
      ['step', report.step],
      ['seconds', Number(report.seconds.toFixed(3))],
      ...report.values,
      ...[...(evaluation ?? [])].map(([name, value]) => [`eval.${name}`, value] as const),
    ]);
    if (rows.length === 0) rows.push([...cells.keys()].join(','));
    rows.push([...cells.values()].join(','));
    writeFileAtomic(file, `${rows.join('\n')}\n`);
  };
}
