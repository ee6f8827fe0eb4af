/** docs/prelude.md: what each definition of the prelude is, its equations, and beside each the adjoints that come back through it. */
import type { Line, Step, Through } from '../../compiler/explain/explanation.ts';
import { explain } from '../../compiler/explain/index.ts';
import { tensorsOf } from '../../compiler/explain/rewrite.ts';
import { lower } from '../../compiler/lower/index.ts';
import type { File } from '../../grammar/ast.ts';
import { lineRow } from '../../src/views/explain-rows.ts';
import { lectureNotation } from '../../src/views/lecture-notation.ts';
import { texRow } from '../../src/views/tex.ts';
import type { Notation } from '../../src/views/typeset.ts';
import type { Probe } from '../prelude/probe.ts';
import { functionProbes, optionsOf, typeText } from '../prelude/probe-model.ts';
import { programOf } from '../prelude/program.ts';
import { preludeFiles } from '../support/prelude.ts';
import { docText } from './doc-text.ts';
import { typesetBody } from './program-formulas.ts';
import { isNamed, type Named, signature, topicTitle } from './tables.ts';

const introduction = `# The prelude

Each layer, function, optimiser and schedule that comes with nnc, with its formula, its shapes and its source. This page is made
from the doc comments in \`compiler/prelude/\` and from the programs that test them: the equations are those that nnc reads in
the example, and beside each stand the adjoints that come back through it, as \`nnc explain\` derives them. The adjoint of the
result is given; numbers in the equations are the sizes of the example. Optimisers, schedules and initialisers, through which
nothing comes back, have their equations alone, and once more as they are computed where that differs: w is a parameter, g its
gradient, u and z are draws from 0 … 1 and of the normal distribution.
`;

/** The whole page. */
export const preludePage = (): string =>
  [introduction, ...preludeFiles().map(fileSection)].join('\n').replaceAll(/\n{3,}/g, '\n\n');

/** What has more equations is made of other layers, which have entries of their own. */
const mostRows = 14;

function fileSection(file: File): string {
  const topic = topicTitle(file.source.name);
  const entries = file.declarations.filter(isNamed).map(entryOf);
  return [`## ${topic[0]!.toUpperCase()}${topic.slice(1)}\n`, ...entries].join('\n');
}

function entryOf(declaration: Named): string {
  const probe = exampleOf(declaration.name.name);
  const text = docText(declaration);
  const parts = [`### ${declaration.name.name}\n`, `\`${signature(declaration)}\`\n`, text];
  if (probe === undefined) return [...parts, ...rule(declaration, text)].join('\n');
  const rows = equationRows(probe);
  if (rows.length > mostRows) return [...parts, 'Its equations are those of its parts.\n'].join('\n');
  const table = ['| equation | adjoints through it |', '|---|---|', ...rows];
  return [...parts, `For example, ${callText(probe)}:\n`, ...table, ''].join('\n');
}

/**
 * What is no function of tensors with a derivative, an optimiser, a schedule, an initialiser: as it is computed, where that is
 * not what its formula says.
 */
function rule(declaration: Named, formula: string): readonly string[] {
  if (declaration.kind !== 'optimizer' && declaration.kind !== 'fn') return [''];
  const rows = typesetBody(declaration);
  const inline = (text: string): string => text.replaceAll('\\displaystyle ', '').replace('$y = ', '');
  const said = inline(formula);
  if (rows.every((row) => said.includes(inline(row).replace('$', '')))) return [''];
  return [`Computed as\n`, `${rows.join('<br>')}\n`, ''];
}

/** Of the programs that test a definition and have derivatives, one without axes of one element, if there is one. */
function exampleOf(name: string): Probe | undefined {
  const all = functionProbes.filter((probe) => probe.of === name && probe.differentiable.length > 0);
  const narrow = (probe: Probe): number =>
    Object.values(probe.inputs).filter(({ shape }) => shape.includes(1)).length;
  return all.sort((a, b) => narrow(a) - narrow(b))[0];
}

/** What the result of the call is named, beside its inputs. */
const resultName = (inputs: Probe['inputs']): string => ('y' in inputs ? 'result' : 'y');

const callText = ({ call, instance, inputs }: Probe): string => {
  const given = Object.entries(inputs).filter(([name]) => !name.includes('.'));
  const types = given.map(([name, { type, shape }]) => `\`${name}: ${typeText(type, shape)}\``);
  const made = instance === undefined ? '' : `\`${instance.replaceAll(/\s*\n\s*/g, '; ')}\` and `;
  return `${made}\`${resultName(inputs)} = ${call}\` of ${types.join(', ')}`;
};

/** The loss is the sum of the results, each by its own weight: that is the adjoint of the result. */
function modelOf(probe: Probe): string {
  const inputs = Object.entries(probe.inputs).filter(([name]) => !name.includes('.'));
  const [result, weight] = [resultName(probe.inputs), 'weight'];
  const lines = [
    ...inputs.map(([name, { type, shape }]) => `input ${name}: ${typeText(type, shape)}`),
    ...(probe.instance === undefined ? [] : [probe.instance]),
    `${result} = ${probe.call}`,
    `input ${weight}: ${typeText('f32', probe.resultShape)}`,
    `loss = ${probe.resultShape.length === 0 ? `${result} * ${weight}` : `sum(${result} * ${weight})`}`,
  ];
  const helpers = probe.helpers === undefined ? '' : `${probe.helpers}\n\n`;
  return `${helpers}model m {\n${lines.map((line) => `  ${line}`).join('\n')}\n}\n`;
}

function equationRows(probe: Probe): readonly string[] {
  const targets = probe.differentiable;
  const program = programOf(modelOf(probe), optionsOf(probe));
  const graph = lower(program, { kind: 'gradient', loss: 'loss', wrt: targets });
  const explanation = explain({ model: 'm', graph, targets, mostWork: 3e6 });
  const lecture = lectureNotation(explanation);
  const adjointOf = resultName(probe.inputs);
  const notation: Notation = {
    tensor: (tensor, indices) =>
      lecture.tensor(tensor.name === 'weight' ? { ...tensor, adjointOf } : tensor, indices),
  };
  const seen = new Set<string>();
  return neededSteps(explanation.steps).flatMap((step) => rowOf(step, notation, seen));
}

/**
 * Those of which the targets are made: what was recognised as a whole needs no parts. The equations that an adjoint left
 * out comes back through stand beside the next.
 */
function neededSteps(steps: readonly Step[]): readonly Step[] {
  const read = new Set<string>();
  const isNeeded = new Set<Step>();
  for (const step of steps.toReversed()) {
    if (!step.isTarget && !read.has(step.final.left.name)) continue;
    isNeeded.add(step);
    for (const { right } of [step.final, ...step.definitions])
      for (const { name } of tensorsOf(right)) read.add(name);
  }
  let passed: readonly Through[] = [];
  return steps.flatMap((step) => {
    const through = [...passed, ...step.through];
    passed = isNeeded.has(step) ? [] : through;
    return isNeeded.has(step) ? [{ ...step, through }] : [];
  });
}

/** One adjoint, and the equations that it comes back through if no row above has them; none for the loss and the result. */
function rowOf(step: Step, notation: Notation, seen: Set<string>): readonly string[] {
  const tex = ({ left, right, indices }: Line): string =>
    `$\\displaystyle ${texRow(lineRow({ left, right, indices }, notation)).replace(' &= ', ' = ').replaceAll('|', '\\vert ')}$`;
  const through = step.through.filter(({ equation }) => equation.left.name !== 'loss');
  if (through.length === 0) return [];
  const equations = through.flatMap(({ equation, where }) => [equation, ...where].map(tex));
  const fresh = [...new Set(equations)].filter((line) => !seen.has(line));
  const definitions = step.definitions.map(tex).filter((line) => !seen.has(line));
  for (const line of [...fresh, ...definitions]) seen.add(line);
  return [`| ${fresh.join('<br>')} | ${[tex(step.final), ...definitions].join('<br>')} |`];
}
