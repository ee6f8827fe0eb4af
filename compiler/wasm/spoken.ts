/** A scheduled kernel in, the lines of its function in WebAssembly with the values that each speaks of out. */
import { headerLines } from '../schedule/header.ts';
import type { ScheduledKernel } from '../schedule/index.ts';
import { type SpokenLine, speakingOf } from '../schedule/speaking.ts';
import { kernelFunction } from './kernel.ts';
import { functionLines } from './wat.ts';

export function spokenLines(scheduled: ScheduledKernel): readonly SpokenLine[] {
  const { fn, nest, statements, addresses } = kernelFunction(scheduled, scheduled.pattern.kernel.name);
  const speaking = speakingOf(nest, scheduled);
  const header = headerLines(scheduled);
  return functionLines(fn).map(({ text, prints }): SpokenLine => {
    if (prints === undefined) return { text, values: [] };
    if ('comment' in prints) {
      const { step } = header[prints.comment]!;
      return { text, values: step === undefined ? [] : speaking.ofStep(step) };
    }
    if ('instruction' in prints) {
      const statement = statements.get(prints.instruction);
      return { text, values: statement === undefined ? [] : speaking.ofStatement(statement) };
    }
    const buffer = addresses.indexOf(prints.local);
    if (buffer < 0) return { text, values: speaking.ofName(prints.local) };
    return { text, values: speaking.ofBuffer(buffer), declares: buffer };
  });
}
