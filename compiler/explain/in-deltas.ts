/**
 * An explanation in; the chain of deltas of the classical derivation out: the adjoint of each layer's weighted sum, made of
 * that of the layer after it, and the gradients that it gives. What lies between two layers is written out.
 */
import { type Algebra, normalise, plainAlgebra } from './algebra.ts';
import type { Explanation, Formula, Line, Step, TensorFormula } from './explanation.ts';
import { mapParts, sizeOf, tensorsOf, writeOut } from './rewrite.ts';
import type { Verifier } from './verify.ts';

/** A weighted sum of the model: the value of a step, and its equation. */
export interface Layer {
  readonly value: string;
  readonly equation: Step['through'][number];
}

export interface DeltaRequest {
  readonly explanation: Explanation;
  /** From the loss back. */
  readonly layers: readonly Layer[];
  /** What every adjoint is, by its name. */
  readonly lines: ReadonlyMap<string, Line>;
  readonly check: Verifier | undefined;
}

/** Between two layers no more is written out than this. */
const largest = 240;

export function inDeltas({ explanation, layers, lines, check }: DeltaRequest): Explanation {
  if (check === undefined) return explanation;
  const names = new Map(layers.map(({ value }, k) => [`d.${value}`, `δ${layers.length - k}`] as const));
  const steps = explanation.steps.flatMap(({ together: _, identity: __, ...step }): readonly Step[] => {
    const layer = layers.find(({ value }) => value === step.value);
    if (layer === undefined && !step.isTarget) return [];
    const plain = lines.get(`d.${step.value}`) ?? step.final;
    const final = renamedLine({ ...plain, right: written(plain, lines, names, check) }, names);
    const through = layer === undefined ? step.through : [layer.equation];
    return [
      {
        ...step,
        through: through.map((way) => ({ ...way, partials: [], rules: [] })),
        derived: final,
        changes: [],
        final,
        beside: step.beside.map((line) => renamedLine(line, names)),
      },
    ];
  });
  return { ...explanation, form: 'delta', steps, folds: [] };
}

/** With every adjoint that is no layer's written out, in the shorter of two forms that are both true. */
function written(
  plain: Line,
  lines: ReadonlyMap<string, Line>,
  stops: ReadonlyMap<string, string>,
  check: Verifier,
): Formula {
  let right = plain.right;
  const done = new Set([plain.left.name]);
  for (;;) {
    const open = tensorsOf(right).filter(
      ({ name, adjointOf }) =>
        adjointOf !== undefined && !stops.has(name) && lines.has(name) && !done.has(name),
    );
    if (open.length === 0) break;
    const next = new Map(open.map(({ name }) => [name, lines.get(name)!] as const));
    const whole = writeOut(right, next, new Set(plain.indices.map(({ name }) => name)));
    if (sizeOf(whole) > largest) break;
    right = whole;
    for (const name of next.keys()) done.add(name);
  }
  const algebra: Algebra = plainAlgebra();
  const shorter = normalise(right, algebra);
  const candidates = [shorter, right].filter((form) => sizeOf(form) <= sizeOf(right));
  return candidates.find((form) => check.holds(plain, form)) ?? plain.right;
}

const renamedLine = ({ left, indices, right }: Line, names: ReadonlyMap<string, string>): Line => ({
  left: renamedTensor(left, names),
  indices,
  right: renamed(right, names),
});

function renamed(formula: Formula, names: ReadonlyMap<string, string>): Formula {
  const inner = mapParts(formula, (part) => renamed(part, names));
  return inner.kind === 'tensor' ? renamedTensor(inner, names) : inner;
}

const renamedTensor = (tensor: TensorFormula, names: ReadonlyMap<string, string>): TensorFormula => {
  const name = names.get(tensor.name);
  return name === undefined ? tensor : { ...tensor, name };
};
