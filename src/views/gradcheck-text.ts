/** The checks of a gradient in, a table with a verdict, or JSON, out. */
import type { DeviceCheck } from '../../compiler/gradcheck/deviation.ts';
import type { GradientCheck, LeafCheck } from '../../compiler/gradcheck/index.ts';
import type { Place } from '../../compiler/ir/graph.ts';
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

export interface About {
  readonly model: string;
  /** Inputs that were drawn at random. */
  readonly drawn: readonly string[];
}

const errorText = (error: number | undefined): string =>
  error === undefined ? '' : error === 0 ? '0' : Number.isFinite(error) ? error.toExponential(1) : 'infinity';

const verdictText = ({ verdict, worst }: LeafCheck): string => {
  if (verdict === 'agrees') return 'agrees';
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
      verdictText(leaf),
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
  const device = (['unfused', 'fused'] as const).flatMap((kind) => {
    const first = kernels?.[kind].first;
    return first === undefined
      ? []
      : [
          `the ${kind} kernel ${first.kernel} is off (error ${errorText(first.error)}):\n  ${first.equation}${placeText(first.place)}`,
        ];
  });
  return [...derivative, ...device];
}

export function gradientText({ model, drawn }: About, reports: readonly GradientReport[]): string {
  const [first] = reports;
  const device =
    first?.kernels === undefined ? [] : [`kernels on ${first.kernels.device}, against the f64 reference`];
  const random = drawn.length === 0 ? [] : [`drawn at random: ${drawn.join(', ')}`];
  const found = reports.flatMap(findings);
  const kinks = reports.some(({ check }) => check.leaves.some(({ verdict }) => verdict === 'kink'));
  const parts = [
    [`model ${model}`, ...random, ...device].join('; '),
    '',
    ...reports.map((report, k) => tableText(table(report, k))),
    ...(kinks
      ? ['kink: the slopes from the two sides differ, so there is no derivative to compare with']
      : []),
    ...(found.length === 0 ? ['everything agrees'] : found),
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
  const agrees = reports.every((report) => findings(report).length === 0);
  return dataJson({ ...about, agrees, checks });
}
