/** The checks of a gradient in, a table with a verdict, or JSON, out. */
import { type DeviceCheck, deviceTolerance } from '../../compiler/gradcheck/deviation.ts';
import type { GradientCheck, LeafCheck } from '../../compiler/gradcheck/index.ts';
import type { Fault } from '../../compiler/gradcheck/stages.ts';
import type { Place } from '../../compiler/ir/graph.ts';
import { textWidth, wrapped } from '../terminal/text-table.ts';
import { dataJson } from './json.ts';
import { type Table, tableText } from './table.ts';
import { numberText, shapeText } from './trace-numbers.ts';

/** The same gradient by kernels: each equation one of its own, and fused. */
export interface KernelReport {
  readonly unfused: DeviceCheck;
  readonly fused: DeviceCheck;
  readonly device: string;
}

/** Of one order; in a list, of the first, the second. */
export interface GradientReport {
  readonly check: GradientCheck;
  readonly kernels?: KernelReport;
}

/** Every stage of the compiler in f64, at some sizes. */
export interface StageReport {
  readonly sizes: string;
  readonly fault?: Fault;
}

export interface About {
  readonly model: string;
  /** Inputs that were drawn at random. */
  readonly drawn: readonly string[];
  readonly stages: readonly StageReport[];
}

const errorText = (error: number | undefined): string =>
  error === undefined ? '' : error === 0 ? '0' : Number.isFinite(error) ? error.toExponential(1) : 'infinity';

const kernelKinds = ['unfused', 'fused'] as const;

/** What differences say of the adjoint; then what the adjoint says of the kernels. */
const verdictText = ({ name, verdict, worst }: LeafCheck, kernels: KernelReport | undefined): string => {
  const wrong = kernelKinds.filter(
    (kind) => !((kernels?.[kind].errors.get(`d.${name}`) ?? 0) <= deviceTolerance),
  );
  const device = wrong.length === 0 ? '' : `${wrong.join(' and ').toUpperCase()} KERNELS DISAGREE`;
  if (verdict === 'agrees') return device === '' ? 'agrees' : device;
  const alone = derivativeText(verdict, worst);
  return device === '' ? alone : `${alone}; ${device}`;
};

const derivativeText = (verdict: 'kink' | 'disagrees', worst: LeafCheck['worst']): string => {
  const where = worst === undefined ? '' : ` at [${worst.position.join(', ')}]`;
  if (verdict === 'kink') return `kink${where}`;
  const numbers =
    worst === undefined
      ? ''
      : `: adjoint ${numberText(worst.adjoint)}, differences ${numberText(worst.difference)}`;
  return `DISAGREES${where}${numbers}`;
};

function table({ check, kernels }: GradientReport, k: number): Table {
  return {
    title:
      k === 0
        ? `loss ${numberText(check.loss)}: relative errors of its gradient`
        : `second order: a random projection of the gradient, ${numberText(check.loss)}, and its gradient`,
    head: [
      'by',
      'shape',
      '|gradient|',
      'differences',
      'in',
      ...(kernels ? ['unfused', 'fused'] : []),
      'verdict',
    ],
    rows: check.leaves.map((leaf) => [
      leaf.name,
      shapeText(leaf.shape),
      numberText(leaf.norm),
      errorText(leaf.error),
      leaf.method,
      ...(kernels
        ? [
            errorText(kernels.unfused.errors.get(`d.${leaf.name}`)),
            errorText(kernels.fused.errors.get(`d.${leaf.name}`)),
          ]
        : []),
      verdictText(leaf, kernels),
    ]),
  };
}

const placeText = (place: Place | undefined): string =>
  place === undefined ? '' : `\n  ${place.file}:${place.line}:${place.column}`;

/** What disagrees first, in the order in which it would be looked for. */
function findings({ check, kernels }: GradientReport): readonly string[] {
  const wrong = check.leaves.filter(({ verdict }) => verdict === 'disagrees').map(({ name }) => name);
  const { culprit } = check;
  const derivative =
    wrong.length === 0
      ? []
      : [
          culprit === undefined
            ? `the adjoint of ${wrong.join(', ')} disagrees with differences, though every equation alone is right`
            : `the derivative of %${culprit.name} by %${culprit.operand} is wrong (error ${errorText(culprit.error)}):\n  ${culprit.equation}${placeText(culprit.place)}`,
        ];
  const device = kernelKinds.flatMap((kind) => {
    const first = kernels?.[kind].first;
    return first === undefined
      ? []
      : [
          `the ${kind} kernel ${first.kernel} is off (error ${errorText(first.error)}):\n  ${first.equation}${placeText(first.place)}`,
        ];
  });
  return [...derivative, ...device];
}

/** Where something else is computed than before: the stage, and in it the equation. */
function faultText({ sizes, fault }: StageReport): readonly string[] {
  if (fault === undefined) return [];
  const { stage, pass, target, kernel, value, at, expected, found, message, equation, place } = fault;
  const where = [
    ...(pass === undefined ? [] : [`pass ${pass}`]),
    ...(target === undefined ? [] : [`for ${target}`]),
    ...(kernel === undefined ? [] : [`kernel ${kernel}`]),
  ];
  const what =
    value === undefined
      ? message
      : `%${value} at ${at} is ${numberText(found!)}, and was ${numberText(expected!)}`;
  return [
    `with ${sizes}, the stage ${stage} computes something else (${[...where, what].join('; ')})${equation === undefined ? '' : `:\n  ${equation}`}${placeText(place)}`,
  ];
}

/** Where no stage is at fault. */
function stagesText(stages: readonly StageReport[], offOnDevice: boolean): string {
  const sizes = stages.map((report) => report.sizes).join(', ');
  const same = `every stage computes the same in f64, for both classes of adapters and the processor (${sizes})`;
  return offOnDevice ? `${same}: the kernel's text, the plan or the adapter is at fault` : same;
}

const isOffOnDevice = ({ kernels }: GradientReport): boolean =>
  kernelKinds.some((kind) => kernels?.[kind].first !== undefined);

const fitted = (text: string): readonly string[] => wrapped(text, textWidth(process.stdout));

export function gradientText({ model, drawn, stages }: About, reports: readonly GradientReport[]): string {
  const [first] = reports;
  const device =
    first?.kernels === undefined ? [] : [`kernels on ${first.kernels.device}, against the f64 reference`];
  const random = drawn.length === 0 ? [] : [`drawn at random: ${drawn.join(', ')}`];
  const broken = stages.flatMap(faultText);
  const found = [...reports.flatMap(findings), ...broken];
  const kinks = reports.some(({ check }) => check.leaves.some(({ verdict }) => verdict === 'kink'));
  const parts = [
    ...fitted([`model ${model}`, ...random, ...device].join('; ')),
    '',
    ...reports.map((report, k) => tableText(table(report, k))),
    ...(kinks
      ? ['kink: the slopes from the two sides differ, so there is no derivative to compare with']
      : []),
    ...found,
    ...(broken.length === 0 ? fitted(stagesText(stages, reports.some(isOffOnDevice))) : []),
    ...(found.length === 0 ? ['everything agrees'] : []),
  ];
  return `${parts.join('\n')}\n`;
}

export function gradientJson(about: About, reports: readonly GradientReport[]): string {
  const checks = reports.map(({ check, kernels }, k) => ({
    order: k + 1,
    ...check,
    ...(kernels && {
      device: kernels.device,
      unfused: { ...kernels.unfused, errors: Object.fromEntries(kernels.unfused.errors) },
      fused: { ...kernels.fused, errors: Object.fromEntries(kernels.fused.errors) },
    }),
  }));
  const agrees =
    reports.every((report) => findings(report).length === 0) &&
    about.stages.every(({ fault }) => fault === undefined);
  return dataJson({ ...about, agrees, checks });
}
