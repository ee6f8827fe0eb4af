/** Words of an explanation in, the same out with adjoints as its formulas write them: in both they have one notation. */
import type { Explanation, TensorFormula } from '../../compiler/explain/explanation.ts';
import { tensorsOf } from '../../compiler/explain/rewrite.ts';
import { type Box, infix, row, type Words } from './boxes.ts';
import { legend } from './explain-text.ts';
import { lectureNotation } from './lecture-notation.ts';
import type { Notation } from './typeset.ts';

/** How the formulas and the sentences of one document are set. */
export interface Setting {
  readonly notation: Notation;
  readonly speak: (text: string) => Words;
}

export function settingOf(explanation: Explanation): Setting {
  const notation = lectureNotation(explanation);
  return { notation, speak: speakerFor(explanation, notation) };
}

/** Names of adjoints, where they are words of their own, become quotients in a line. */
function speakerFor({ steps }: Explanation, notation: Notation): Setting['speak'] {
  const adjoints = new Map<string, TensorFormula>();
  for (const { derived, final } of steps) {
    for (const tensor of [derived.left, final.left, ...tensorsOf(derived.right)])
      if (tensor.adjointOf !== undefined) adjoints.set(tensor.name, { ...tensor, indices: [] });
  }
  return (text) =>
    text.split(/([\s,;()]+)/).flatMap((word): Words => {
      const adjoint = adjoints.get(word);
      return word === '' ? [] : [adjoint === undefined ? word : inLine(notation.tensor(adjoint, []))];
    });
}

/** What the notation means, in the notation itself. */
export function legendWords(explanation: Explanation, notation: Notation): Words {
  const { steps, loss } = explanation;
  if (steps.length === 0) return [];
  const x: TensorFormula = { kind: 'tensor', name: 'd.x', adjointOf: 'x', indices: [] };
  const said = `, the derivative of ${loss.left.name} by x, is the adjoint of x; kernels call it d.x.`;
  return legend(explanation, [inLine(notation.tensor(x, [])), said]);
}

const inLine = (box: Box): Box => (box.kind === 'fraction' ? row(box.over, infix('/', '/'), box.under) : box);
