/** `nnc opt`: runs passes on the text of the IR and prints the result. */
import { differentiate } from '../../compiler/autodiff/index.ts';
import type { Graph } from '../../compiler/ir/graph.ts';
import { parseGraph } from '../../compiler/ir/parse.ts';
import { printGraph } from '../../compiler/ir/print.ts';
import { verify } from '../../compiler/ir/verify.ts';
import { passes as known } from '../../compiler/passes/index.ts';
import { DataError } from '../../runtime/errors.ts';
import { type CommandDefinition, nameList } from '../terminal/command.ts';
import { UsageError } from '../terminal/failure.ts';
import { readTextFile } from '../terminal/files.ts';
import { print } from '../terminal/output.ts';

/** What `--pass` takes: autodiff, and every pass. */
const passes: ReadonlyMap<string, { readonly doc: string; readonly run: (graph: Graph) => Graph }> = new Map([
  ['differentiate', { doc: 'replace gradient nodes by the equations of the adjoints', run: differentiate }],
  ...[...known.values()].map(
    (pass) => [pass.name, { doc: pass.doc, run: (graph: Graph) => pass.run(graph) }] as const,
  ),
]);

export const opt: CommandDefinition = {
  name: 'opt',
  summary: 'run passes on the text of the IR (.nnir)',
  examples: [
    'nnc dump models:mlp --stage graph > runs/mlp.nnir',
    `nnc opt runs/mlp.nnir --pass ${[...passes.keys()].slice(0, 3).join(',')}`,
  ],
  define: (command) =>
    command
      .argument('<file>', 'a graph as `nnc dump --stage graph` prints it')
      .requiredOption('--pass <NAMES>', 'passes in order, separated by commas', nameList)
      .addHelpText(
        'after',
        `\nPasses:\n${[...passes].map(([name, { doc }]) => `  ${name.padEnd(19)} ${doc}`).join('\n')}`,
      )
      .action((file: string, { pass: names }: { readonly pass: readonly string[] }) => {
        const unknown = names.find((name) => !passes.has(name));
        if (unknown !== undefined) {
          throw new UsageError(`there is no pass ${unknown}; there are ${[...passes.keys()].join(', ')}`);
        }
        const start = readGraph(file);
        print(printGraph(names.reduce((graph, name) => passes.get(name)!.run(graph), start)));
      }),
};

function readGraph(file: string): Graph {
  const text = readTextFile(file);
  let graph: Graph;
  try {
    graph = parseGraph(text);
  } catch (failure) {
    if (!(failure instanceof SyntaxError)) throw failure;
    throw new DataError(`${file}: ${failure.message}`);
  }
  const [violation] = verify(graph);
  if (violation !== undefined) throw new DataError(`${file} is not a sound graph: ${violation}`);
  return graph;
}
