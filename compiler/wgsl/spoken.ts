/** A scheduled kernel in, the lines of its WGSL with the values that each speaks of out. */

import type { ValueId } from '../scalar/expr.ts';
import type { ScheduledKernel } from '../schedule/index.ts';
import { type Speaking, type SpokenLine, speakingOf } from '../schedule/speaking.ts';
import { kernelLines } from './index.ts';
import type { Prints } from './lines.ts';

export function spokenLines(scheduled: ScheduledKernel): readonly SpokenLine[] {
  const { nest, lines } = kernelLines(scheduled);
  const speaking = speakingOf(nest, scheduled);
  return lines.map(({ text, prints }): SpokenLine => {
    const values = prints === undefined ? [] : valuesOf(prints, speaking);
    return { text, values, ...(prints && 'buffer' in prints && { declares: prints.buffer }) };
  });
}

function valuesOf(prints: Prints, { ofStep, ofBuffer, ofName, ofStatement }: Speaking): readonly ValueId[] {
  if ('step' in prints) return ofStep(prints.step);
  if ('buffer' in prints) return ofBuffer(prints.buffer);
  if ('memory' in prints) return ofName(prints.memory);
  return ofStatement(prints.statement);
}
