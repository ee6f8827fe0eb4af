/** `nnc check`: all that is wrong with a file, or what it holds. */
import type { Dim, Part, TypedProgram } from '../../compiler/check/typed.ts';
import { type Checked, checkModel } from '../model/checked-model.ts';
import { parseModel } from '../model/model.ts';
import { endText } from '../saved/stopping.ts';
import { type CommandDefinition, jsonOption, type ModelChoice, withModel } from '../terminal/command.ts';
import { exitCodes, SourceError } from '../terminal/failure.ts';
import { groupedDigits } from '../terminal/grouped-digits.ts';
import { Painted, paint, print, tell } from '../terminal/output.ts';
import { renderDiagnostics, reportJson } from '../terminal/report.ts';
import { alignedLines, textWidth } from '../terminal/text-table.ts';
import { dataJson } from '../views/json.ts';

interface Options extends ModelChoice {
  readonly json: boolean;
}

export const check: CommandDefinition = {
  name: 'check',
  summary: 'check a file: diagnostics, or a summary of the model',
  examples: ['nnc check models:mlp', 'nnc check models:mlp --set hidden=64 --json'],
  define: (command, end) =>
    withModel(command)
      .addOption(jsonOption())
      .action((file: string, options: Options) => {
        try {
          const parsed = parseModel(file);
          // Both modes: a branch of `if training` may be wrong in one only.
          const [, evaluation] = [true, false].map((training) =>
            checkModel(parsed, { ...options, bindings: options.set, training }),
          ) as [Checked, Checked];
          if (options.json) printJson(evaluation);
          else printText(evaluation);
        } catch (failure) {
          if (!(failure instanceof SourceError && options.json)) throw failure;
          print(dataJson({ ok: false, ...reportJson(failure.diagnostics) }));
          end(exitCodes.input);
        }
      }),
};

interface Row {
  readonly name: string;
  readonly type: string;
  readonly note: string;
}

const dimText = (d: Dim): string => (d.name === undefined ? String(d.extent) : `${d.name} = ${d.extent}`);

/** Free dimensions that nobody bound show their name alone: the number only stands in for it. */
function typeText(program: TypedProgram, dtype: string, dims: readonly Dim[]): string {
  const standIns = new Set(program.dimensions.filter((d) => d.by === 'stand-in').map((d) => d.name));
  const text = dims.map((d) => (d.name !== undefined && standIns.has(d.name) ? d.name : dimText(d)));
  return dims.length === 0 ? dtype : `${dtype}[${text.join(', ')}]`;
}

function rowsOf(program: TypedProgram): Readonly<Record<string, readonly Row[]>> {
  const type = (t: { readonly dtype: string; readonly dims: readonly Dim[] }): string =>
    typeText(program, t.dtype, t.dims);
  const outputs = (role: string): Row[] =>
    program.outputs
      .filter((o) => o.role === role)
      .map((o) => ({ name: o.name, type: type(o.tensor), note: '' }));
  return {
    inputs: program.inputs.map((t) => ({
      name: t.label.name,
      type: type(t),
      note: t.default === undefined ? t.kind : `${t.kind}, else ${t.default}`,
    })),
    outputs: outputs('output'),
    losses: outputs('loss'),
    metrics: outputs('metric'),
    parameters: program.parameters.map((p) => ({
      name: p.path,
      type: type(p.tensor),
      note: `${p.count} ${p.kind === 'param' ? '' : `${p.kind} `}init ${p.initText}`,
    })),
  };
}

const parameterCount = (program: TypedProgram): number =>
  program.parameters.filter((p) => p.kind === 'param').reduce((n, p) => n + p.count, 0);

/** `minimize loss over head with adam, 5 steps of 16 samples` */
function partText({ objectives, assignments, steps, batch }: Part): string {
  const clauses = [
    ...objectives.map(({ sense, lossName, over, optimizer }) => {
      const parts = over.length > 0 ? ` over ${over.join(', ')}` : '';
      return `${sense} ${lossName}${parts} with ${optimizer}`;
    }),
    ...assignments.map(({ target }) => `${target} <- …`),
  ];
  const runs = [
    ...(steps > 1 || batch !== undefined ? [`${steps} ${steps === 1 ? 'step' : 'steps'}`] : []),
    ...(batch === undefined ? [] : [`of ${batch} ${batch === 1 ? 'sample' : 'samples'}`]),
  ];
  return [clauses.join(' together with '), ...(runs.length > 0 ? [runs.join(' ')] : [])].join(', ');
}

function printText({ program, warnings }: Checked): void {
  if (warnings.length > 0) tell(new Painted(renderDiagnostics(warnings)), '\n');
  const groups = rowsOf(program);
  const aligned = alignedLines(
    Object.values(groups)
      .flat()
      .map(({ name, type, note }) => [name, type, note]),
    [],
    textWidth(process.stdout) - 2,
  ).values();
  const lines = [`  ${groupedDigits(parameterCount(program))} trained numbers`];
  for (const [title, rows] of Object.entries(groups)) {
    if (rows.length === 0) continue;
    lines.push(title);
    for (const _ of rows) lines.push(...aligned.next().value!.map((line) => `  ${line}`));
  }
  if (program.recipe) {
    const rules = endText(program.recipe);
    lines.push('recipe', ...program.recipe.parts.map((part) => `  ${partText(part)}`));
    if (rules !== '') lines.push(`  ${rules}`);
  }
  print(paint.bold(`model ${program.model}`), `${lines.join('\n')}\n`);
}

function printJson({ program, warnings }: Checked): void {
  const shape = (dims: readonly Dim[]) =>
    dims.map((d) => ({ extent: d.extent, ...(d.name !== undefined && { name: d.name }) }));
  const summary = {
    ok: true,
    model: program.model,
    dimensions: program.dimensions.map(({ name, extent, by }) => ({ name, extent, by })),
    inputs: program.inputs.map((t) => ({
      name: t.label.name,
      kind: t.kind,
      dtype: t.dtype,
      shape: shape(t.dims),
      ...(t.default !== undefined && { default: t.default }),
    })),
    outputs: program.outputs.map((o) => ({
      name: o.name,
      role: o.role,
      dtype: o.tensor.dtype,
      shape: shape(o.tensor.dims),
    })),
    parameters: program.parameters.map((p) => ({
      path: p.path,
      kind: p.kind,
      shape: p.tensor.dims.map((d) => d.extent),
      count: p.count,
      init: p.initText,
    })),
    trainedNumbers: parameterCount(program),
    ...reportJson(warnings),
  };
  print(dataJson(summary));
}
