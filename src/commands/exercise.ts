/** `nnc exercise`: an exercise says what is asked; what its reader puts in place of `?` is checked by values and by differences. */
import { hasErrors } from '../../grammar/diagnostic.ts';
import { parse, parseExpression } from '../../grammar/index.ts';
import { isOpenFormula } from '../../grammar/problems.ts';
import { span } from '../../grammar/source.ts';
import { answersPath, readAnswers } from '../exercise/answers.ts';
import { judgementText } from '../exercise/exercise-text.ts';
import { filledIn, openFormulas, openPlaces } from '../exercise/formulas.ts';
import { borrowed, judge, withFormulas } from '../exercise/judgement.ts';
import { openText, taskOf } from '../exercise/task.ts';
import type { Parsed } from '../model/checked-model.ts';
import { parseModel } from '../model/model.ts';
import { shippedPath } from '../model/shipped.ts';
import { type CommandDefinition, RepeatedOption, wholeNumber } from '../terminal/command.ts';
import { exitCodes, SourceError, UsageError } from '../terminal/failure.ts';
import { print } from '../terminal/output.ts';

interface Options {
  readonly try: readonly string[];
  readonly hint?: true | number;
  readonly answers?: string;
}

export const exercise: CommandDefinition = {
  name: 'exercise',
  summary: 'an exercise: what is asked, hints, and a check of the formula that stands for `?`',
  examples: [
    'nnc exercise models:exercises/square',
    'nnc exercise models:exercises/square --hint',
    'nnc exercise models:exercises/square --try 2*x',
  ],
  define: (command, end) =>
    command
      .argument('<file>', 'a .nn file with a formula left open, `?`, or one that comes with nnc')
      .addOption(
        new RepeatedOption(
          '--try <FORMULA>',
          'what to put in place of `?`, of the first, the second and so on; the file stays as it is',
        )
          .argParser((text: string, before: readonly string[]) => [...before, text])
          .default([] as readonly string[], 'none'),
      )
      .option('--hint [N]', 'the first N hints (default: the first)', wholeNumber(1))
      .option('--answers <FILE>', 'the right formulas and hints (default: answers/NAME.json beside the file)')
      .addHelpText(
        'after',
        `\nThe formula is checked at random points, in f64, against the right values; a loss also by central differences. Exit code 1 where it
is not right. Without --try, the formulas of the file itself are checked, once no \`?\` is left in it.

Exercises that come with nnc: square, sigmoid, softmax, dense, convolution, through_time, attention, dropout, momentum, adam,
generator, batch_norm, each as models:exercises/NAME.`,
      )
      .action((file: string, options: Options) => {
        if (!runExercise(file, options)) end(exitCodes.input);
      }),
};

/** Whether nothing is wrong. */
function runExercise(file: string, options: Options): boolean {
  const parsed = parseModel(file);
  const path = shippedPath(file);
  const answers = readAnswers(options.answers ?? answersPath(path));
  if (options.hint !== undefined) {
    print(hintsText(answers.hints, options.hint === true ? 1 : options.hint));
    if (options.try.length === 0) return true;
    print('\n');
  }
  const filled = tried(parsed, options.try);
  const left = openFormulas(filled);
  const asked = [...answers.formulas.keys()];
  if (asked.every((name) => left.has(name))) {
    const more = answers.hints.length > 0 ? `, and --hint a hint (there are ${answers.hints.length})` : '';
    print(
      `${taskOf(parsed.main.source.text)}\n\nLeft open:\n\n${openText(filled)}\n\nPut a formula there, or give it as --try 'FORMULA'${more}.\n`,
    );
    return true;
  }
  const wrong = filled.diagnostics.filter((problem) => !isOpenFormula(problem));
  if (hasErrors(wrong)) throw new SourceError(wrong);
  const [taken] = borrowed(filled, answers);
  if (taken !== undefined) {
    print(
      `${taken}: the compiler would derive this itself. Write it without grad: which products, summed over what?\n`,
    );
    return false;
  }
  // What is still open is taken for right, so that the rest can be judged.
  const rest = new Map([...answers.formulas].filter(([name]) => left.has(name)));
  const judgement = judge(rest.size === 0 ? filled : withFormulas(filled, rest), answers);
  const results = judgement.results.filter(({ name }) => !left.has(name));
  print(judgementText({ ...judgement, results }));
  if (left.size > 0) print(`\nStill open:\n\n${openText(filled)}\n`);
  const right = results.every(({ likeness }) => likeness.kind === 'right');
  if (!right && answers.hints.length > 0 && options.hint === undefined)
    print(`\n--hint gives a hint; there are ${answers.hints.length}.\n`);
  return right && judgement.gradients.every(({ verdict }) => verdict !== 'disagrees');
}

function hintsText(hints: readonly string[], wanted: number): string {
  if (hints.length === 0) return 'There are no hints.\n';
  const given = hints.slice(0, wanted).map((hint, k) => `${k + 1}. ${hint}\n`);
  const next =
    wanted < hints.length
      ? `--hint ${wanted + 1} says more.\n`
      : 'There are no more hints: show your try to somebody.\n';
  return `${given.join('')}${next}`;
}

/** The file with the formulas of the command line, each of which is an expression of its own. */
function tried(parsed: Parsed, formulas: readonly string[]): Parsed {
  if (formulas.length === 0) return parsed;
  const { name, text } = parsed.main.source;
  const places = openPlaces(parsed.main.source);
  if (formulas.length > places.length)
    throw new UsageError(
      `--try: ${name} has ${places.length} open ${places.length === 1 ? 'formula' : 'formulas'}, and ${formulas.length} are given`,
    );
  for (const formula of formulas) {
    const alone = parseExpression(span({ name: '--try', text: formula }, 0, formula.length));
    if (hasErrors(alone.diagnostics)) throw new SourceError(alone.diagnostics);
  }
  const parts = formulas.map((formula, k) => ({ at: places[k]!, formula }));
  const { file, diagnostics } = parse({ name, text: filledIn(text, parts) });
  return { ...parsed, main: file, diagnostics };
}
