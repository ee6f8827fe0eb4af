/** A model that knows a vocabulary in; texts that it goes on with, out. */
import type { TypedProgram } from '../../compiler/check/typed.ts';
import { inputsOf } from '../../compiler/lower/index.ts';
import { joinedTokens, unitOf } from '../../runtime/data/text.ts';
import { randomStream } from '../data/random.ts';
import { SourceError, UsageError } from '../terminal/failure.ts';
import { carriedContinuation } from './carried-text.ts';
import { beginningOf, continuation, drawToken, type TextModel } from './sample-text.ts';
import { checkedFor, type Sampling, withOutput } from './sampling.ts';

const usualWindow = 64;

/** The model for rows of two tokens; where the last one is what the others predict, and so gives no position, of three. */
function shortRows(sampling: Sampling, along: string): TypedProgram | undefined {
  const rows = [2, 3].flatMap((length) => {
    try {
      return [checkedFor(sampling, 1, new Map([[along, length]]))];
    } catch (failure) {
      // It may need more tokens.
      if (failure instanceof SourceError) return [];
      throw failure;
    }
  });
  return rows.find(({ outputs }) => outputs.some(({ tensor }) => tensor.dims[1]?.extent === 2));
}

/** `write` gets a text piece by piece. */
export async function sampleTexts(
  sampling: Sampling,
  text: TextModel,
  trained: number | undefined,
  write: (text: string) => void,
): Promise<void> {
  const { first, options } = sampling;
  const { input, output, codes } = text;
  const others = inputsOf(output).filter((name) => name !== input.label.name);
  if (others.length > 0)
    throw new UsageError(`${output.name} needs ${others.join(', ')} besides ${input.label.name}`);
  if (options.out !== undefined) throw new UsageError('--out is for pictures; a text goes to stdout');
  const { name: along } = input.dims[1]!;
  const isFree = first.dimensions.some(({ name, by }) => name === along && by === 'stand-in');
  const window = options.window ?? trained ?? usualWindow;
  const program = checkedFor(sampling, 1, isFree ? new Map([[along!, window]]) : undefined);
  const beginning = beginningOf(options.prompt, codes);
  const names = [...codes.keys()];
  const unit = unitOf(codes);
  await withOutput(sampling, program, output.name, async (session, compiled) => {
    const anew = await continuation(session, compiled, text);
    const steps = isFree && options.window === undefined ? shortRows(sampling, along!) : undefined;
    const goOn = (steps && (await carriedContinuation(session, steps, text, anew, window - 1))) ?? anew;
    for (let k = 0; k < (options.count ?? 1); k++) {
      const random = randomStream(options.seed, k);
      const tokens = [...beginning];
      const drawn: string[] = options.prompt === '' ? [] : beginning.map((code) => names[code]!);
      if (k > 0) write('\n');
      let written = '';
      for (let step = 0; step <= options.length; step++) {
        const whole = joinedTokens(drawn, unit);
        write(whole.slice(written.length));
        written = whole;
        if (step === options.length) break;
        const token = drawToken(await goOn(tokens), options.temperature, random);
        tokens.push(token);
        drawn.push(names[token]!);
      }
      write('\n');
    }
  });
}
