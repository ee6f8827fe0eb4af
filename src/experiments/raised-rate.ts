/** A parsed file and a rate that rises with the steps in; the same file, whose recipes train with that rate, out. */
import type {
  Argument,
  CallExpression,
  Expression,
  File,
  Minimize,
  Optimizer,
  Setting,
  Train,
} from '../../grammar/ast.ts';
import { parseExpression } from '../../grammar/index.ts';
import { span } from '../../grammar/source.ts';
import type { Parsed } from '../model/checked-model.ts';
import { prelude } from '../model/prelude.ts';

/** In the first step, and how many times more in the last of `steps`. */
export interface RisingRate {
  readonly from: number;
  readonly to: number;
  readonly steps: number;
}

/** By the same factor from each step, from 1, to the next. */
export const rateAt = ({ from, to, steps }: RisingRate, step: number): number =>
  from * (to / from) ** ((step - 1) / (steps - 1));

/** The argument of an optimizer that is meant. */
export const rateName = 'lr';

/** What ends a training early is left out: all of the rates are to be seen. */
const endings = new Set(['until', 'keep', 'patience']);

export function withRisingRate({ main, used, diagnostics }: Parsed, rate: RisingRate): Parsed {
  const exponent = Math.log(rate.to / rate.from) / (rate.steps - 1);
  const text = `${rate.from} * exp(${exponent} * (step - 1))`;
  const { expression } = parseExpression(span({ name: 'the rate that rises', text }, 0, text.length));
  const files = [main, ...used];
  const optimizerOf = (name: string): Optimizer | undefined => {
    const own = files
      .flatMap(({ declarations }) => declarations)
      .find((declaration) => declaration.kind !== 'train' && declaration.name.name === name);
    const found = own ?? prelude().find(name);
    return found?.kind === 'optimizer' ? found : undefined;
  };
  const inFile = (file: File): File => ({
    ...file,
    declarations: file.declarations.map((declaration) =>
      declaration.kind === 'train' ? inTrain(declaration) : declaration,
    ),
  });
  const inTrain = (train: Train): Train => ({
    ...train,
    body: train.body
      .filter((setting) => setting.kind !== 'setting' || !endings.has(setting.name.name))
      .map(inSetting),
  });
  const inSetting = (setting: Setting): Setting => {
    switch (setting.kind) {
      case 'minimize':
      case 'maximize':
        return { ...setting, stages: inStages(setting) };
      case 'together':
        return { ...setting, body: setting.body.map(inSetting) };
      case 'assign':
      case 'setting':
        return setting;
    }
    return setting satisfies never;
  };
  const inStages = ({ stages }: Minimize): readonly Expression[] =>
    stages.map((stage, k) => (k === stages.length - 1 ? inStage(stage) : stage));
  const inStage = (stage: Expression): Expression => {
    const call: CallExpression =
      stage.kind === 'call' ? stage : { kind: 'call', callee: stage, arguments: [], span: stage.span };
    if (call.callee.kind !== 'name') return stage;
    const parameters = optimizerOf(call.callee.name)?.parameters ?? [];
    const place = parameters.findIndex(({ name }) => name.name === rateName);
    if (place < 0) return stage;
    const argument: Argument = {
      name: { name: rateName, span: stage.span },
      value: expression,
      span: stage.span,
    };
    // What stands behind the rate without a name keeps its place.
    const others = call.arguments.map((own, k): Argument | undefined => {
      if (own.name !== undefined) return own.name.name === rateName ? undefined : own;
      return k === place
        ? undefined
        : { ...own, name: { name: parameters[k]?.name.name ?? '', span: own.span } };
    });
    return { ...call, arguments: [...others.filter((own) => own !== undefined), argument] };
  };
  return { main: inFile(main), used: used.map(inFile), diagnostics };
}
