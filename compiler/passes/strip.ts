/** Equations in; the same without what only differentiation reads, out. */
import { mapExpressions } from '../ir/equation.ts';
import { byForm } from '../ir/forms.ts';
import { dropDerivatives, stripStopGradient } from '../scalar/simplify/index.ts';
import { type Pass, rebuild } from './rebuild.ts';

export const strip: Pass = {
  name: 'strip',
  doc: 'Drops stop_gradient and derivative clauses, which have done their work.',
  run: (graph) => rebuild(graph, (equation, { node }) => stripped(equation, node)),
};

const stripped = byForm((equation) =>
  mapExpressions(equation, (expr) => stripStopGradient(dropDerivatives(expr))),
);
