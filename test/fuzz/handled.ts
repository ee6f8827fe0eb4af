/** The text of a file in; whether the compiler gave messages or programs out. It must do one of the two, with words in its messages. */
import { check } from '../../compiler/check/index.ts';
import { verify } from '../../compiler/ir/verify.ts';
import { lower } from '../../compiler/lower/index.ts';
import { compile } from '../../compiler/pipeline.ts';
import { defaultTargets } from '../../compiler/target.ts';
import { hasErrors } from '../../grammar/diagnostic.ts';
import { parse } from '../../grammar/index.ts';
import { prelude } from '../../src/model/prelude.ts';
import { slipIn } from '../support/words.ts';

/** Larger graphs are compiled elsewhere. */
const mostNodes = 150;

/** Throws where neither comes, or where a message says `undefined`. */
export function handled(text: string, training: boolean): 'wrong' | 'compiled' {
  const { file, diagnostics } = parse({ name: 'test.nn', text });
  const input = { main: file, files: [], prelude: prelude(), broken: hasErrors(diagnostics) };
  const { program, diagnostics: more } = check(input, { training, bindings: new Map(), unbound: 4 });
  const all = [...diagnostics, ...more];
  for (const { message, hint = '', primary, related } of all) {
    for (const said of [message, hint, ...[primary, ...related].map((label) => label.text)]) {
      const slip = slipIn(said, text);
      if (slip !== undefined) throw new Error(slip);
    }
    for (const { at } of [primary, ...related]) {
      if (at.source !== file.source) continue;
      if (at.start < 0 || at.end < at.start || at.end > text.length)
        throw new Error(`"${message}" is about ${at.start} to ${at.end} of ${text.length} characters`);
    }
  }
  if (program === undefined || hasErrors(all)) {
    if (!hasErrors(all)) throw new Error('there is no program, and no message says why');
    return 'wrong';
  }
  for (const kind of ['run', 'train', 'init'] as const) {
    const graph = lower(program, { kind });
    const problems = verify(graph);
    if (problems.length > 0) throw new Error(problems.join('\n'));
    if (kind !== 'init' && graph.nodes.length <= mostNodes) compile(graph, defaultTargets.software);
  }
  return 'compiled';
}
