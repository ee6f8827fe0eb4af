/** An explanation in; the same with each line that has a matrix form in that form, if it is true, out. */
import type { Explanation, Line, Step, TensorFormula } from './explanation.ts';
import { elementOf, matrixLine } from './matrix-form.ts';
import { indexOf, tensorsOf } from './rewrite.ts';
import type { Verifier } from './verify.ts';

/** Without a verifier nothing is shown that was not shown before. */
export function inMatrices(explanation: Explanation, check: Verifier | undefined): Explanation {
  if (check === undefined) return explanation;
  const line = (one: Line): Line => matricesOf(one, check) ?? one;
  const step = (one: Step): Step => {
    const final = line(one.final);
    return {
      ...one,
      through: one.through.map((way) => ({
        ...way,
        equation: line(way.equation),
        where: way.where.map(line),
        partials: [],
      })),
      derived: final,
      changes: [],
      final,
      definitions: one.definitions.map(line),
      beside: one.beside.map(line),
    };
  };
  const steps = explanation.steps.map(({ together: _, identity: __, ...one }) => step(one));
  return { ...explanation, form: 'matrix', loss: line(explanation.loss), steps };
}

function matricesOf(line: Line, check: Verifier): Line | undefined {
  const form = matrixLine(line);
  if (form === undefined) return undefined;
  const ranks = new Map(
    tensorsOf(line.right).map((tensor: TensorFormula) => [tensor.name, tensor.indices.length] as const),
  );
  const [row, column] = line.indices.map(indexOf);
  return check.holds(line, elementOf(form.right, row, column, ranks)) ? form : undefined;
}
