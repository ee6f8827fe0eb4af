/** How a training shows itself: a bar on a terminal, a line an epoch elsewhere. */
import cliProgress from 'cli-progress';
import type { EpochReport, Progress } from '../../runtime/train.ts';
import { groupedDigits } from './grouped-digits.ts';
import { type Printable, paint, tell } from './output.ts';

export type Values = ReadonlyMap<string, number>;

export interface TrainingView {
  progress(progress: Progress): void;
  epoch(report: EpochReport, evaluation: Values | undefined): void;
  close(): void;
}

/** `0.0123`, `1.23e-7`: four significant digits. */
export const numberText = (value: number): string =>
  value !== 0 && (Math.abs(value) < 1e-3 || Math.abs(value) >= 1e5)
    ? value.toExponential(2)
    : value.toPrecision(4);

export const valuesText = (values: Values): string =>
  [...values].map(([name, value]) => `${name} ${numberText(value)}`).join('  ');

/** Of many short epochs only some are worth a line; `--log` has all. */
const linesAtMost = 20;

const deservesLine = ({ epoch, epochs }: EpochReport): boolean =>
  epoch === 1 || epoch === epochs || epoch % Math.ceil(epochs / linesAtMost) === 0;

export const silentView: TrainingView = { progress() {}, epoch() {}, close() {} };

/** `rate` is the learning rate, where no schedule gives it. */
export function trainingView(rate: number | undefined): TrainingView {
  const constant: Values = new Map(rate === undefined ? [] : [['lr', rate]]);
  const line = (report: EpochReport, evaluation: Values | undefined): readonly Printable[] => {
    const parts = [
      `epoch ${report.epoch}/${report.epochs}`,
      valuesText(report.values),
      ...(evaluation ? [paint.bold(`eval ${valuesText(evaluation)}`)] : []),
      valuesText(new Map([...constant, ...report.rates])),
      `${report.seconds.toFixed(1)} s`,
    ].filter((part) => part !== '');
    return [...parts.flatMap((part, k) => (k === 0 ? [part] : ['  ', part])), '\n'];
  };
  if (!process.stderr.isTTY) {
    return {
      progress() {},
      epoch(report, evaluation) {
        if (deservesLine(report)) tell(...line(report, evaluation));
      },
      close() {},
    };
  }
  const bar = new cliProgress.SingleBar({
    format: '{title} {bar} {value}/{total}  {values}',
    barsize: 24,
    barCompleteChar: '█',
    barIncompleteChar: '░',
    clearOnComplete: true,
    hideCursor: true,
    gracefulExit: false,
  });
  let shown = 0;
  const left = remaining();
  return {
    progress({ epoch, epochs, step, stepsPerEpoch, values, rates, samplesPerSecond }) {
      const speed = samplesPerSecond > 0 ? `${groupedDigits(Math.round(samplesPerSecond))} samples/s` : '';
      const figures = valuesText(new Map([...values, ...constant, ...rates]));
      const time = left((epoch - 1) * stepsPerEpoch + step, epochs * stepsPerEpoch, performance.now() / 1000);
      const payload = { title: `epoch ${epoch}/${epochs}`, values: `${figures}  ${speed}${time}` };
      if (shown === epoch) bar.update(step, payload);
      else bar.start(stepsPerEpoch, step, payload);
      shown = epoch;
    },
    epoch(report, evaluation) {
      bar.stop();
      if (deservesLine(report)) tell(...line(report, evaluation));
    },
    close() {
      bar.stop();
    },
  };
}

/**
 * Steps that are done, of how many, at which second in; how long the others take, as text, out: by the time of those since
 * it was first asked. Nothing is said before a second has passed.
 */
export function remaining(): (done: number, all: number, second: number) => string {
  let first: { readonly done: number; readonly second: number } | undefined;
  return (done, all, second) => {
    first ??= { done, second };
    const passed = second - first.second;
    if (passed < 1 || done <= first.done || done >= all) return '';
    return `  ${durationText(((all - done) * passed) / (done - first.done))} left`;
  };
}

/** `40 s`, `3 min 20 s`, `2 h 5 min`. */
export function durationText(seconds: number): string {
  const whole = Math.max(1, Math.round(seconds));
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  if (hours > 0) return `${hours} h ${minutes} min`;
  return minutes > 0 ? `${minutes} min ${whole % 60} s` : `${whole} s`;
}
