/** A seed in; what went wrong with the text that the grammar's rules give for it, out. */
import { countOperations } from '../support/operations.ts';
import { grammarText } from './grammar-texts.ts';
import { handled } from './handled.ts';

/** Operations, as `countOperations` has them, that a text of some hundred tokens may take. */
const mostWork = 20_000_000;

export function textFailure(seed: number): string | undefined {
  const text = grammarText(seed);
  try {
    countOperations(() => handled(text, seed % 2 === 0), mostWork);
    return undefined;
  } catch (error) {
    return `seed ${seed}: ${error instanceof Error ? `${error.message}\n${error.stack}` : String(error)}\n${text}`;
  }
}
