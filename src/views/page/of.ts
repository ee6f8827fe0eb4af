/** A checked model and what it is compiled for in, its page out. */
import type { TypedProgram } from '../../../compiler/check/typed.ts';
import type { Purpose } from '../../../compiler/lower/index.ts';
import type { Target } from '../../../compiler/target.ts';
import type { Parsed } from '../../model/checked-model.ts';
import { compileFor } from '../../model/compilation.ts';
import { preludeSources } from '../../model/prelude-sources.ts';
import { pageData } from './build.ts';
import { pageHtml } from './index.ts';
import { recordPasses } from './passes.ts';

export interface PageRequest {
  readonly parsed: Parsed;
  readonly program: TypedProgram;
  readonly purpose: Purpose;
  readonly target: Target;
  /** The panels that are open at first. */
  readonly open?: readonly string[];
}

export function pageOf({ parsed, program, purpose, target, open }: PageRequest): string {
  const { observe, records } = recordPasses();
  const compilation = compileFor(program, purpose, target, [observe]);
  const own = [parsed.main.source, ...parsed.used.map(({ source }) => source)];
  return pageHtml(
    pageData({
      sources: [...own, ...preludeSources()],
      own: own.length,
      program,
      purpose: purpose.kind,
      target: target.class,
      compilation,
      passes: records,
      ...(open && { open }),
    }),
  );
}
