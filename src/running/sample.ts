/** A trained model in, what it makes up out: texts where it knows a vocabulary, else pictures out of noise. */
import { checkModel } from '../model/checked-model.ts';
import { parseModel } from '../model/model.ts';
import { startingWeights } from '../saved/starting-weights.ts';
import { choiceOf } from '../terminal/command.ts';
import { textModel } from './sample-text.ts';
import { samplePictures } from './sampled-pictures.ts';
import { sampleTexts } from './sampled-texts.ts';
import type { SampleOptions } from './sampling.ts';

/** `write` gets a text piece by piece; `say` what there is to know of it. */
export async function sample(
  file: string,
  options: SampleOptions,
  write: (text: string) => void,
  say: (text: string) => void,
): Promise<void> {
  const parsed = parseModel(file);
  const first = checkModel(parsed, { training: false, ...choiceOf(options), bindings: options.set }).program;
  const start = startingWeights(options.weights, say);
  const sampling = { parsed, first, start, options };
  const { classes, lengths } = start.learned(first);
  const text = textModel(first, classes);
  if (text === undefined) return samplePictures(sampling, say);
  return sampleTexts(sampling, text, lengths.get(text.input.label.name), write);
}
