/** Records of passes in; the graph before or after them, what stands still, and their times, as text out. */

import { nearNames } from '../../compiler/check/problems/suggest.ts';
import type { Graph } from '../../compiler/ir/graph.ts';
import { isComputed } from '../../compiler/ir/nodes.ts';
import { passes } from '../../compiler/passes/index.ts';
import { UsageError } from '../terminal/failure.ts';
import { tableText } from '../terminal/text-table.ts';
import type { PassRecord } from './page/passes.ts';

/** Refuses a name that no pass has. */
export function checkPassName(option: string, name: string): void {
  const names = [...passes.keys()];
  if (names.includes(name) || (name === 'all' && option !== '--stop-after')) return;
  const near = nearNames(name, names);
  throw new UsageError(
    `${option} ${name}: there is no such pass; ${near.length > 0 ? `did you mean ${near.join(' or ')}?` : `there are ${names.join(', ')}`}`,
  );
}

export interface PassDumps {
  readonly before?: string;
  readonly after?: string;
}

export function passDumps(
  records: readonly PassRecord[],
  { before, after }: PassDumps,
  print: (graph: Graph) => string,
): string {
  const wanted = (choice: string | undefined, name: string): boolean => choice === 'all' || choice === name;
  return records
    .flatMap((record, k) => {
      const { name } = record.pass;
      const title = (when: string): string => `// ${when} ${name}, pass ${k + 1} of ${records.length}`;
      const same = record.before === record.after;
      return [
        ...(wanted(before, name) ? [`${title('before')}\n${print(record.before)}`] : []),
        ...(wanted(after, name)
          ? [same ? `${title('after')}: unchanged\n` : `${title('after')}\n${print(record.after)}`]
          : []),
      ];
    })
    .join('\n');
}

export function passTimes(records: readonly PassRecord[]): string {
  const total = records.reduce((sum, { seconds }) => sum + seconds, 0);
  const milliseconds = (seconds: number): string => (seconds * 1000).toFixed(2);
  return tableText(
    [
      { title: 'pass' },
      { title: 'ms', align: 'right' },
      { title: 'share', align: 'right' },
      { title: 'equations', align: 'right' },
      { title: '' },
    ],
    [
      ...records.map(({ pass, before, after, seconds }) => [
        pass.name,
        milliseconds(seconds),
        `${((100 * seconds) / Math.max(total, 1e-9)).toFixed(0)}%`,
        String(equations(after)),
        before === after ? 'unchanged' : '',
      ]),
      ['all', milliseconds(total), '100%', '', ''],
    ],
  );
}

const equations = (graph: Graph): number => graph.nodes.filter(isComputed).length;
