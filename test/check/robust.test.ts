/** Files with words exchanged: each gives a program whose graphs are sound, or a reason why not, and never an exception. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { declarationsOf } from '../../compiler/check/declarations.ts';
import { checkNames } from '../../compiler/check/names/names.ts';
import { nearNames } from '../../compiler/check/problems/suggest.ts';
import { verify } from '../../compiler/ir/verify.ts';
import { lower } from '../../compiler/lower/index.ts';
import { hasErrors } from '../../grammar/diagnostic.ts';
import { prelude } from '../../src/model/prelude.ts';
import { preludeFiles } from '../support/prelude.ts';
import { checkText, printDiagnostic } from './check-text.ts';

const seed = `fn shifted(x: f32[T], by: int = 1) -> f32[T] { return y[t] = (x[t - by] else 0) }
fn own(x, k = 2.0) = if x > 0 then k * x else exp(x) derivative if x > 0 then k else y, x
layer Block(units: int, bias: bool = true) (x: f32[..., I]) -> f32[..., I] {
  state seen: f32[I] init zeros
  m[i] = mean[b: 2] seen[i] * b
  seen <- m
  return x + (x |> Dense(units, bias = bias) |> relu |> Dense(I))
}
optimizer slow(lr = 0.1) { state m = 0 ; m <- 0.5 * m + g ; w <- w - lr * m }
model all(width = 4) {
  input x: f32[B, 6]
  target t: i32[B]
  input s: f32[T]
  blk = Block(width)
  h = x |> blk |> Dense(3) |> dropout(0.25)
  p[b, c] = exp(h[b, c]) / sum[k] exp(h[b, k])
  flat[i: 18] = p[i / 3 % 2, i % 3]
  g = grad(sum(p * p), h)
  loss = cross_entropy(h, t) + 1e-3 * l2(blk.Dense_1.W) + mean(shifted(s)) + logsumexp(flat)
  metric hits = mean(argmax(h, over -1) == t)
  output z[b] = sum[c where c <= b] g[b, c] * own(p[b, c]) + uniform[T, B][0, b]
}
train all(width = 5) { minimize loss with clip_norm(2) |> slow(lr = exponential_decay(0.1, 0.01))  batch 2  seed 3 }
`;

const tokens = seed.match(/[A-Za-z_]\w*|\d+(?:\.\d+)?(?:e-?\d+)?|\s+|[^\s\w]/g)!;
const kinds = [/^[A-Za-z_]/, /^\d/, /^[-+*/%<>=]$/, /^[,()[\]{}.:]$/];
const groups = kinds.map((kind) => [...new Set(tokens.filter((token) => kind.test(token)))]);

/** Replaces the token at a position by another one of its kind. */
function exchanged(list: readonly string[], position: number, choice: number): readonly string[] {
  const group = groups[kinds.findIndex((kind) => kind.test(list[position]!))];
  return group === undefined ? list : list.with(position, group[choice % group.length]!);
}

function expectProgramOrReason(text: string, training: boolean): void {
  const { program, diagnostics } = checkText(text, { training });
  if (program === undefined) {
    expect(hasErrors(diagnostics)).toBe(true);
    return;
  }
  if (hasErrors(diagnostics)) return;
  for (const kind of ['run', 'train', 'init'] as const) expect(verify(lower(program, { kind }))).toEqual([]);
}

describe('the checker', () => {
  it('accepts the file that the others are made from', () => {
    expect(checkText(seed, { training: true }).diagnostics.map(printDiagnostic)).toEqual([]);
  });

  it('leaves a mistake of syntax to the parser', () => {
    const text = seed.replace('else exp(x) derivative', 'else exp(x[ derivative');
    expectProgramOrReason(text, false);
    expect(text).not.toBe(seed);
  });

  it('gives a program or a reason', () => {
    const change = fc.tuple(fc.nat(tokens.length - 1), fc.nat(200));
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 3 }), fc.boolean(), (changes, training) => {
        const text = changes
          .reduce<readonly string[]>((list, [at, choice]) => exchanged(list, at, choice), tokens)
          .join('');
        expectProgramOrReason(text, training);
      }),
      { numRuns: 400 },
    );
  });

  it('finds nothing wrong with the names of the prelude', () => {
    const files = preludeFiles();
    const declarations = declarationsOf(files[0]!, [], prelude(), []);
    expect(
      files.flatMap((file) => checkNames(declarations, file.declarations, true)).map(printDiagnostic),
    ).toEqual([]);
  });
});

describe('suggestions', () => {
  it.each([
    ['sotfmax', 'softmax'],
    ['relU', 'relu'],
    ['Dens', 'Dense'],
    ['crossentropy', 'cross_entropy'],
  ])('%s: %s', (wrong, right) => {
    expect(nearNames(wrong, ['softmax', 'relu', 'Dense', 'cross_entropy', 'x', 'log_softmax'])[0]).toBe(
      right,
    );
  });

  it('are not made where nothing is near', () => {
    expect(nearNames('foo', ['softmax', 'x', 'relu'])).toEqual([]);
    expect(nearNames('y', ['x'])).toEqual([]);
  });
});
