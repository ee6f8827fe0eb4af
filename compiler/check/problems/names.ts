/** What can be wrong with names, arguments and the structure of a program, NN2xx: one function a message. */
import type { Declaration, Parameter } from '../../../grammar/ast.ts';
import { type Diagnostic, error, label, warning } from '../../../grammar/diagnostic.ts';
import type { Span } from '../../../grammar/source.ts';
import type { Dim } from '../typed.ts';
import { describe, type InstanceValue, shapeText, type Value } from '../values.ts';
import { argumentHints, foreignName, memberHints } from './foreign-names.ts';
import { didYouMean } from './suggest.ts';

const list = (names: readonly string[]): string => names.join(', ');
const parameterList = (parameters: readonly Parameter[]): string =>
  parameters.length === 0 ? 'takes no arguments' : `takes ${list(parameters.map(({ name }) => name.name))}`;

/** `own` are the names of the file, `library` those that come with the language. */
export const unknownName = (
  at: Span,
  name: string,
  own: readonly string[],
  library: readonly string[],
): Diagnostic =>
  error('NN201', `nothing here is called ${name}`, {
    primary: label(at, 'not known here'),
    hint:
      didYouMean(name, own) ??
      foreignName(name) ??
      didYouMean(name, library) ??
      (/^[A-Z]$/.test(name)
        ? `a dimension has a name where a tensor is declared: input x: f32[B, ${name}]`
        : 'names must be defined above, or be declared in this file, a used one or the prelude'),
  });

export const definedByItself = (at: Span, name: string, indexed: boolean): Diagnostic =>
  error('NN239', `${name} is defined by itself`, {
    primary: label(at, 'read here, where it is being defined'),
    hint: indexed
      ? `an equation reads itself by index, at an earlier position: (${name}[t - 1] else 0)`
      : `with an index it may read what it was before: ${name}[t: T] = … (${name}[t - 1] else 0) …; or give this value another name`,
  });

export const usedBefore = (at: Span, name: string, defined: Span): Diagnostic =>
  error('NN202', `${name} is used before it is defined`, {
    primary: label(at, 'used here'),
    related: [label(defined, 'defined here')],
    hint: 'statements are read from top to bottom: move the definition up',
  });

export const nameTwice = (at: Span, name: string, first: Span): Diagnostic =>
  error('NN203', `${name} is defined twice`, {
    primary: label(at, 'again here'),
    related: [label(first, 'first here')],
    hint: `a name stands for one value: call one of them ${name}2`,
  });

export const declaredTwice = (at: Span, name: string, first: Span): Diagnostic =>
  error('NN204', `${name} is declared twice`, {
    primary: label(at, 'again here'),
    related: [label(first, 'first here')],
    hint: 'models, functions, layers and optimizers share one set of names',
  });

export const argumentUnknown = (
  at: Span,
  callee: string,
  name: string,
  parameters: readonly Parameter[],
): Diagnostic =>
  error('NN205', `${callee} has no parameter ${name}`, {
    primary: label(at, 'not a parameter'),
    hint:
      didYouMean(
        name,
        parameters.map((parameter) => parameter.name.name),
      ) ?? `${callee} ${parameterList(parameters)}`,
  });

export const argumentTwice = (at: Span, callee: string, name: string): Diagnostic =>
  error('NN206', `${callee} gets ${name} twice`, {
    primary: label(at, `${name} has a value already`),
    hint: 'positional arguments come first, in the order of the parameters; what is piped in is the first',
  });

export const missingArgument = (at: Span, callee: string, missing: readonly Parameter[]): Diagnostic =>
  error('NN207', `${callee} needs ${list(missing.map(({ name }) => name.name))}`, {
    primary: label(at, 'missing here'),
    related: missing.map(({ span }) => label(span, 'has no default')),
    hint: `write ${missing.map(({ name }) => `${name.name} = …`).join(', ')}`,
  });

export const tooManyArguments = (at: Span, callee: string, parameters: readonly Parameter[]): Diagnostic =>
  error('NN208', `${callee} gets too many arguments`, {
    primary: label(at, 'this one has no parameter'),
    hint: `${callee} ${parameterList(parameters)}`,
  });

export const notCallable = (at: Span, value: Value): Diagnostic =>
  error('NN209', `expected a function or a layer, found ${describe(value)}`, {
    primary: label(at, 'cannot be applied to anything'),
    hint: value.kind === 'tensor' ? 'an element is read with brackets: x[i]' : undefined,
  });

export const callsItself = (at: Span, declaration: Exclude<Declaration, { kind: 'train' }>): Diagnostic =>
  error('NN210', `${declaration.kind} ${declaration.name.name} uses itself`, {
    primary: label(at, 'this use is inside of its own expansion'),
    related: [label(declaration.name.span, 'declared here')],
    hint: 'every use is expanded where it stands, so recursion would never end',
  });

export const nestedCalls = (at: Span, name: string, limit: number): Diagnostic =>
  error('NN211', `${name} is used inside of more than ${limit} other uses`, {
    primary: label(at, 'too deep here'),
    hint: `uses may be nested ${limit} deep`,
  });

export const tooManyCalls = (at: Span, name: string, limit: number): Diagnostic =>
  error('NN212', `the program expands to more than ${limit} uses of functions and layers`, {
    primary: label(at, `the use of ${name} that is too many`),
    hint: 'functions that use functions that use functions multiply: give shared parts a name and use that',
  });

export const tooManyEquations = (at: Span, limit: number): Diagnostic =>
  error('NN213', `the program expands to more than ${limit} equations`, {
    primary: label(at, 'the one that is too many'),
  });

export const tensorTooLarge = (at: Span, dims: readonly Dim[], limit: number): Diagnostic =>
  error('NN214', `a tensor of shape [${shapeText(dims)}] has more than ${limit} elements`, {
    primary: label(at, 'made here'),
    hint: 'the position of an element must fit into 31 bits',
  });

export const tooManyDimensions = (at: Span, count: number, limit: number): Diagnostic =>
  error('NN240', `a tensor of ${count} dimensions has more than ${limit}`, {
    primary: label(at, 'made here'),
  });

export const nestedExpressions = (at: Span, limit: number): Diagnostic =>
  error(
    'NN215',
    `expressions are nested more than ${limit} deep here, counting through the functions they use`,
    {
      primary: label(at, 'too deep here'),
      hint: 'give a part of it a name of its own: part = …',
    },
  );

export const unknownMember = (
  at: Span,
  name: string,
  value: InstanceValue,
  members: ReadonlyMap<string, Value> | undefined,
): Diagnostic => {
  const layer = value.layer.name.name;
  if (members === undefined) {
    return error('NN216', `this ${layer} has no parameters yet`, {
      primary: label(at, 'asked for here'),
      related: [label(value.instance.at, 'made here, and not applied above')],
      hint: 'the shapes of its parameters are known once it is applied to something',
    });
  }
  return error('NN216', `${layer} has nothing called ${name}`, {
    primary: label(at, 'not a part of it'),
    hint: didYouMean(name, members.keys()) ?? `it has ${list([...members.keys()])}`,
  });
};

export const memberOfWhat = (at: Span, name: string, value: Value): Diagnostic =>
  error('NN217', `expected an instance of a layer before .${name}, found ${describe(value)}`, {
    primary: label(at, 'has no parts'),
    hint: memberHints.get(name) ?? 'enc = Dense(64) makes an instance; then enc.W is its parameter',
  });

export const notAValue = (at: Span, name: string, what: string): Diagnostic =>
  error('NN218', `${name} is ${what} and not a value`, {
    primary: label(at, 'used as a value here'),
    hint:
      what === 'a model'
        ? 'a model is trained or run; what is shared is a fn or a layer'
        : `write ${name}(…)`,
  });

export const noResult = (at: Span, name: string): Diagnostic =>
  error('NN219', `${name} returns nothing`, {
    primary: label(at, 'its body has no return'),
    hint: 'end the body with return e, or return y[b, o] = e',
  });

const places: Readonly<Record<string, string>> = {
  input: 'a model',
  target: 'a model',
  param: 'a model or a layer',
  frozen: 'a model or a layer',
  state: 'a model, a layer or an optimizer',
  freeze: 'a model or a layer',
  loss: 'a model',
  metric: 'a model',
  output: 'a model',
  return: 'a function or a layer',
};

export const statementNotHere = (at: Span, statement: string, scope: string, name?: string): Diagnostic => {
  if (statement === 'update') {
    const what = scope === 'optimizer' ? 'w or a state of this optimizer' : 'a state of this model or layer';
    return error('NN220', `expected ${what} before <-, found ${name ?? 'something else'}`, {
      primary: label(at, 'cannot be written'),
      hint: 'a new value gets a new name: y = …',
    });
  }
  if (scope === 'repeat') {
    return error('NN220', `${statement} has no place in repeat`, {
      primary: label(at, 'not allowed here'),
      hint: 'inside are values (h = …), assert and repeat; weights of their own belong to a layer, of which each pass makes one',
    });
  }
  const where = places[statement];
  return error('NN220', `${statement} has no place in ${scope === 'fn' ? 'a function' : `this ${scope}`}`, {
    primary: label(at, 'not allowed here'),
    hint:
      where === undefined
        ? 'an optimizer computes element by element: w <- w - lr*g'
        : `it belongs into ${where}`,
  });
};

export const layerInFunction = (at: Span, name: string, scope: string): Diagnostic =>
  error('NN221', `${scope === 'fn' ? 'a function' : `this ${scope}`} cannot own a ${name}`, {
    primary: label(at, 'a layer has parameters, and something must own them'),
    hint: 'make it a layer: layer Name() (x) { … }',
  });

export const pathTwice = (at: Span, path: string): Diagnostic =>
  error('NN222', `two layers are called ${path}`, {
    primary: label(at, 'the second one'),
    hint: 'parameters are known by their paths: give one instance another name',
  });

export const onlyInRecipes = (at: Span, name: string): Diagnostic =>
  error('NN223', `${name} is only known while training`, {
    primary: label(at, 'not in a model'),
    hint:
      name === 'step' || name === 'epoch'
        ? 'use it in an optimizer, or in a schedule that a recipe uses: adam(lr = exponential_decay(1e-3, 1e-4))'
        : 'use it in an optimizer, or in a function before it: clip_norm(5) |> adam()',
  });

export const noNamedArguments = (at: Span, name: string): Diagnostic =>
  error('NN224', `a built-in function has no parameter called ${name}`, {
    primary: label(at, 'give the value alone'),
    hint: argumentHints.get(name),
  });

export const wrongOperandCount = (at: Span, name: string, wanted: number, found: number): Diagnostic =>
  error('NN225', `${name} needs ${wanted} argument${wanted === 1 ? '' : 's'}, found ${found}`, {
    primary: label(at, 'here'),
    hint: name === 'grad' ? 'grad(loss, x) is the gradient of loss with respect to x' : undefined,
  });

export const overNotHere = (at: Span): Diagnostic =>
  error('NN226', 'over says the axes of a reduction, or of a function that moves elements', {
    primary: label(at, 'says nothing here'),
    hint: 'sum(x, over C), argmax(logits, over -1), concat(a, b, over 0), transpose(x, over (1, 0))',
  });

export const optimizerCalled = (at: Span, name: string): Diagnostic =>
  error('NN227', `${name} is an optimizer and not a function`, {
    primary: label(at, 'cannot be applied here'),
    hint: `a recipe uses it: train … { minimize loss with ${name}() }`,
  });

export const reservedName = (at: Span, name: string): Diagnostic =>
  error('NN228', `${name} means something already and cannot be defined`, {
    primary: label(at, 'choose another name'),
  });

export const notAResult = (at: Span, role: string, value: Value): Diagnostic =>
  error('NN229', `expected a tensor for this ${role}, found ${describe(value)}`, {
    primary: label(at, 'not a tensor'),
    hint: value.kind === 'instance' || value.kind === 'layer' ? 'apply it to something: x |> …' : undefined,
  });

export const noModel = (at: Span): Diagnostic =>
  error('NN231', 'this file has no model', {
    primary: label(at, 'nothing to compile'),
    hint: 'model name { input x: f32[B, 4] … }',
  });

export const modelUnknown = (at: Span, name: string, models: readonly string[]): Diagnostic =>
  error('NN232', `this file has no model ${name}`, {
    primary: label(at, 'searched here'),
    hint: didYouMean(name, models) ?? `it has ${list(models)}`,
  });

export const afterReturn = (at: Span, returned: Span): Diagnostic =>
  error('NN233', 'nothing after a return is computed', {
    primary: label(at, 'never reached'),
    related: [label(returned, 'returns here')],
  });

export const unusedName = (at: Span, name: string, what: string, ofSeveral = false): Diagnostic =>
  warning('NN234', `${what} ${name} is never used`, {
    primary: label(at, 'defined here'),
    hint: ofSeveral
      ? 'a result that nobody needs is left out: (a, _) = …'
      : what === 'the value'
        ? `make it visible with output ${name} = …, or remove it`
        : undefined,
  });
