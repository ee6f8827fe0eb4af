/** What can be wrong with recipes, optimizers and gradients, NN4xx: one function a message. */
import { type Diagnostic, error, label, warning } from '../../../grammar/diagnostic.ts';
import type { Span } from '../../../grammar/source.ts';
import type { GradientTensor, Output, Parameter } from '../typed.ts';
import { describe, typeText, type Value } from '../values.ts';
import { didYouMean } from './suggest.ts';

export const trainUnknown = (at: Span, name: string, models: readonly string[]): Diagnostic =>
  error('NN401', `there is no model ${name} to train`, {
    primary: label(at, 'not a model'),
    hint: didYouMean(name, models) ?? (models.length === 0 ? undefined : `models: ${models.join(', ')}`),
  });

/** `name` of the recipes; undefined where they have none. */
export const trainTwice = (at: Span, model: string, name: string | undefined, first: Span): Diagnostic =>
  error('NN402', `${model} has two recipes${name === undefined ? '' : ` called ${name}`}`, {
    primary: label(at, 'again here'),
    related: [label(first, 'first here')],
    hint:
      name === undefined
        ? 'one train block may have several minimize statements; recipes to choose from have names: train m as fast { … }'
        : 'give one of them another name',
  });

/** `example` is how the setting is written. */
export const settingMeans = (at: Span, name: string, example: string): Diagnostic =>
  error('NN431', `${name} is not written so`, { primary: label(at, 'this one'), hint: example });

export const recipeUnknown = (at: Span, model: string, name: string, names: readonly string[]): Diagnostic =>
  error('NN426', `${model} has no recipe ${name}`, {
    primary: label(at, 'this model'),
    hint:
      didYouMean(name, names) ??
      (names.length === 0
        ? `give one its name: train ${model} as ${name} { … }`
        : `recipes: ${names.join(', ')}`),
  });

export const lossUnknown = (
  at: Span,
  name: string,
  outputs: readonly Output[],
  value: Value | undefined,
): Diagnostic => {
  const losses = outputs.filter(({ role }) => role === 'loss').map((output) => output.name);
  const other = outputs.find((output) => output.name === name);
  const hint =
    didYouMean(name, losses) ??
    (losses.length > 0 ? `losses: ${losses.join(', ')}` : 'mark it in the model: loss = … or loss name = …');
  const found = other === undefined ? (value === undefined ? 'nothing' : 'only a name') : `a ${other.role}`;
  return error('NN403', `expected a loss of the model, found ${found} called ${name}`, {
    primary: label(at, 'not a loss'),
    ...(other === undefined ? {} : { related: [label(other.at, `a ${other.role}`)] }),
    hint,
  });
};

/** `frozen` is what is called so, or lies below it, and is not trained. */
export const overNothing = (
  at: Span,
  text: string,
  parameters: readonly Parameter[],
  frozen: readonly Parameter[],
): Diagnostic => {
  const paths = parameters.map(({ path }) => path);
  if (frozen.length === 0)
    return selectsNothing(
      'NN404',
      `no trained parameter is called ${text} or lies below it`,
      at,
      text,
      paths,
    );
  return error('NN404', `${text} is frozen`, {
    primary: label(at, 'is not trained'),
    related: [label(frozen[0]!.tensor.at, 'declared here')],
    hint: paths.length === 0 ? undefined : `trained are: ${paths.slice(0, mostPaths).join(', ')}`,
  });
};

/** `within` is the path of the layer whose body says so, with its point. */
export const freezeNothing = (
  at: Span,
  text: string,
  parameters: readonly Parameter[],
  within: string,
): Diagnostic =>
  selectsNothing(
    'NN430',
    `no parameter here is called ${text} or lies below it`,
    at,
    text,
    parameters.filter(({ kind }) => kind !== 'state').map(({ path }) => path.slice(within.length)),
  );

const mostPaths = 8;

function selectsNothing(
  code: string,
  message: string,
  at: Span,
  text: string,
  paths: readonly string[],
): Diagnostic {
  const owners = [...new Set(paths.flatMap((path) => [path, path.split('.')[0]!]))];
  const hint =
    didYouMean(text, owners) ??
    (paths.length === 0 ? undefined : `parameters: ${paths.slice(0, mostPaths).join(', ')}`);
  return error(code, message, { primary: label(at, 'selects nothing'), hint });
}

export const lastNotOptimizer = (at: Span, name: string): Diagnostic =>
  error('NN405', `expected an optimizer at the end, found the function ${name}`, {
    primary: label(at, 'does not update anything'),
    hint: `${name}(…) |> sgd(lr = 0.1)`,
  });

export const stageNotFunction = (at: Span, value: Value): Diagnostic =>
  error('NN406', `expected a function of the gradient before the optimizer, found ${describe(value)}`, {
    primary: label(at, 'cannot stand here'),
    hint: 'minimize loss with clip_norm(5) |> adam(lr = 1e-3): functions, and an optimizer as the last',
  });

export const trainedTwice = (at: Span, path: string, first: Span): Diagnostic =>
  error('NN407', `${path} is trained by two clauses, and neither says what it is for`, {
    primary: label(at, 'this one'),
    related: [label(first, 'and this one')],
    hint: 'say which parameters each is for: minimize d_loss over D with …',
  });

export const writtenTogether = (at: Span, path: string, first: Span): Diagnostic =>
  error('NN421', `${path} is written twice at once`, {
    primary: label(at, 'here'),
    related: [label(first, 'and here')],
    hint: 'what is written together is written once; clauses outside of `together` run one after the other',
  });

/** `elsewhere`: the settings of the recipe where a clause is meant, and the other way round. */
export const settingUnknown = (
  at: Span,
  name: string,
  known: readonly string[],
  elsewhere: readonly string[],
): Diagnostic => {
  const ofClause = !known.includes('epochs');
  const misplaced = elsewhere.includes(name);
  return error('NN408', `a ${ofClause ? 'clause' : 'recipe'} has no setting ${name}`, {
    primary: label(at, 'not a setting'),
    hint: misplaced
      ? ofClause
        ? `${name} is a setting of the whole recipe: write it on a line of its own`
        : `${name} is a setting of one clause: minimize loss with sgd(lr = 0.1), ${name} 5`
      : (didYouMean(name, known) ?? `settings: ${known.join(', ')}`),
  });
};

export const settingTwice = (at: Span, name: string, first: Span): Diagnostic =>
  error('NN409', `${name} is set twice`, {
    primary: label(at, 'again here'),
    related: [label(first, 'first here')],
  });

export const settingValue = (
  at: Span,
  name: string,
  expected: string,
  example: number,
  value: Value,
): Diagnostic =>
  error('NN410', `expected ${expected} for ${name}, found ${describe(value)}`, {
    primary: label(at, 'here'),
    hint: `${name} ${example}`,
  });

export const nothingToMinimize = (at: Span, name: string): Diagnostic =>
  error('NN411', `the recipe for ${name} minimizes nothing`, {
    primary: label(at, 'no minimize statement'),
    hint: 'minimize loss with adam(lr = 1e-3), or an update of your own: w <- …',
  });

export const settingOfOneTogether = (at: Span, name: string, outer: Span): Diagnostic =>
  error('NN437', `${name} stands behind one clause of a together`, {
    primary: label(at, 'of this one alone it cannot be'),
    related: [label(outer, 'all of this is one program')],
    hint: `on a line of its own it is for all: together { …; ${name} 5 }`,
  });

export const togetherTwice = (at: Span, outer: Span): Diagnostic =>
  error('NN422', 'together stands inside of together', {
    primary: label(at, 'this one'),
    related: [label(outer, 'all of this is together')],
    hint: 'write its clauses without it',
  });

export const assignsNothing = (at: Span, text: string, parameters: readonly Parameter[]): Diagnostic => {
  const names = [...new Set(parameters.flatMap(({ path }) => [path, path.split('.')[0]!]))];
  return error('NN423', `no parameter or state is called ${text} or lies below it`, {
    primary: label(at, 'nothing that a recipe can write'),
    hint:
      didYouMean(text, names) ??
      (names.length === 0 ? 'param w: f32[…] declares one' : `there are: ${names.slice(0, 8).join(', ')}`),
  });
};

export const assignedFrozen = (at: Span, { path, tensor }: Parameter): Diagnostic =>
  error('NN424', `${path} is frozen and cannot be written`, {
    primary: label(at, 'written here'),
    related: [label(tensor.at, 'declared here')],
    hint: 'declare it with param, and freeze nothing above it: what a recipe writes itself is not trained, unless `over` names it',
  });

export const assignsSeveral = (at: Span, text: string, parameters: readonly Parameter[]): Diagnostic =>
  error(
    'NN425',
    `${text} has ${parameters.length} parameter${parameters.length === 1 ? '' : 's'} of its own and no indices`,
    {
      primary: label(at, 'a layer'),
      hint: `write one of them: ${parameters[0]!.path}[…] <- …; or all of them alike: ${text} <- 0.9 * ${text} + 0.1 * other`,
    },
  );

export const weightNotUpdated = (at: Span, name: string): Diagnostic =>
  error('NN412', `the optimizer ${name} never updates w`, {
    primary: label(at, 'declared here'),
    hint: 'w is the parameter and g its gradient: w <- w - lr*g',
  });

export const gradientStageShape = (
  at: Span,
  name: string,
  value: Value,
  gradient: GradientTensor,
): Diagnostic =>
  error('NN413', `${name} must return a gradient of the same shape`, {
    primary: label(at, `returns ${describe(value)}`),
    related: [
      label(gradient.wrt.at, `${gradient.wrt.label.name} is ${typeText(gradient.dtype, gradient.dims)}`),
    ],
  });

export const gradientOfWhat = (at: Span, value: Value): Diagnostic =>
  error(
    'NN414',
    `expected one f32 number to take the gradient of, found ${isElement(value) ? 'an element of the equation around' : describe(value)}`,
    {
      primary: label(
        at,
        isElement(value)
          ? 'another one at each index'
          : isWhole(value)
            ? 'no gradient flows through whole numbers'
            : 'not a scalar',
      ),
      hint:
        value.kind === 'tensor' && value.dims.length > 0
          ? 'grad(sum(y), x)'
          : isElement(value)
            ? 'outside of the equation give it a name: l = sum(y); g = grad(l, x)'
            : undefined,
    },
  );

const isWhole = (value: Value): boolean =>
  value.kind === 'tensor' && value.dims.length === 0 && value.dtype !== 'f32';

export const jacobianOfWhat = (at: Span, value: Value): Diagnostic =>
  error(
    'NN427',
    `expected an f32 tensor to take the derivatives of, found ${isElement(value) ? 'an element of the equation around' : describe(value)}`,
    {
      primary: label(at, 'has no derivatives'),
      hint: isElement(value)
        ? 'outside of the equation: J = jacobian(y, x); its elements are J[i, j]'
        : 'jacobian(y, x), where y was computed from x',
    },
  );

export const jacobianTooLarge = (at: Span, count: number, limit: number): Diagnostic =>
  error('NN428', `this has ${count} elements; a Jacobian has at most ${limit} rows`, {
    primary: label(at, 'too many'),
    hint: 'the product with a vector needs no Jacobian: grad(sum(v * y), x)',
  });

/** One f32, but not the one of the whole program. */
const isElement = (value: Value): boolean =>
  value.kind === 'tensor' && value.dims.length === 0 && value.dtype === 'f32';

export const gradientByWhat = (at: Span, value: Value): Diagnostic =>
  error(
    'NN415',
    `expected an f32 tensor with a name to take the gradient by, found ${value.kind === 'tensor' && value.dtype === 'f32' ? 'an expression' : describe(value)}`,
    {
      primary: label(at, 'no gradient with respect to this'),
      hint: 'give it a name first, and compute the loss from that name: z = …',
    },
  );

export const derivativeCount = (at: Span, name: string, parameters: number, clauses: number): Diagnostic =>
  error(
    'NN416',
    `${name} has ${parameters} parameter${parameters === 1 ? '' : 's'} and ${clauses} derivative${clauses === 1 ? '' : 's'}`,
    {
      primary: label(at, 'one derivative a parameter, in their order'),
      hint: 'fn f(a, b) = a*b derivative b, a',
    },
  );

export const derivativeNotPointwise = (at: Span, name: string): Diagnostic =>
  error('NN417', `${name} does not work element by element`, {
    primary: label(at, 'a derivative clause is for scalar functions'),
    hint: 'its body must be one expression of scalars; without the clause the derivative is found from the equations',
  });

export const noPathToLoss = (
  at: Span,
  path: string,
  losses: string,
  end: { readonly at: Span; readonly why: string } | undefined,
): Diagnostic =>
  warning('NN418', `${path} has no path to ${losses} and will not be trained`, {
    primary: label(at, 'declared here'),
    ...(end === undefined ? {} : { related: [label(end.at, end.why)] }),
    hint: end === undefined ? 'nothing uses it: write frozen instead of param, or remove it' : undefined,
  });

export const modelParameterKind = (at: Span, name: string, value: Value): Diagnostic =>
  error(
    'NN419',
    `expected a number or a truth value for the model parameter ${name}, found ${describe(value)}`,
    {
      primary: label(at, 'here'),
      hint:
        value.kind === 'tuple'
          ? `a number for each axis is declared with how many: ${name}: int[${value.values.length}]`
          : 'model parameters are known while compiling: model m(hidden = 128)',
    },
  );

export const nothingToTrain = (at: Span): Diagnostic =>
  error('NN420', 'the model has no parameters to train', {
    primary: label(at, 'nothing to update'),
    hint: 'param W: f32[…] declares one; layers like Dense have some',
  });
