/**
 * Kinds of nodes are told apart in `compiler/ir` alone: everybody else asks `isEquation`, `matchNode` and the like,
 * so that a new kind is a question to the type checker and no silent leaf.
 */
import path from 'node:path';
import ts from 'typescript';
import { describe, expect, test } from 'vitest';

const root = path.resolve(import.meta.dirname, '..');
const declaring = path.join(root, 'compiler/ir/graph.ts');
const kinds = new Set(['Leaf', 'Gradient', 'Equation']);

const { options, fileNames } = ts.parseJsonConfigFileContent(
  ts.readConfigFile(path.join(root, 'tsconfig.json'), ts.sys.readFile).config,
  ts.sys,
  root,
);

/** The comparisons and switches over the kind of a node, as `file:line text`; `extra` are texts of more files. */
function testsByHand(extra: ReadonlyMap<string, string>): readonly string[] {
  const host = ts.createCompilerHost(options);
  const { readFile, fileExists } = host;
  host.readFile = (name) => extra.get(name) ?? readFile(name);
  host.fileExists = (name) => extra.has(name) || fileExists(name);
  const own = fileNames.filter((name) => /^(compiler|src|runtime)\//.test(path.relative(root, name)));
  const program = ts.createProgram([...own, ...extra.keys()], options, host);
  const checker = program.getTypeChecker();

  const isOfNode = (type: ts.Type): boolean =>
    (type.isUnion() ? type.types : [type]).some(
      ({ symbol }) =>
        symbol !== undefined &&
        kinds.has(symbol.name) &&
        symbol.declarations?.some((made) => made.getSourceFile().fileName === declaring),
    );

  /** Whether it is `node.kind`, or a `kind` taken out of a node. */
  const isKindOfNode = (e: ts.Expression): boolean => {
    if (ts.isPropertyAccessExpression(e)) {
      return (
        e.name.text === 'kind' &&
        isOfNode(checker.getNonNullableType(checker.getTypeAtLocation(e.expression)))
      );
    }
    const made = ts.isIdentifier(e) ? checker.getSymbolAtLocation(e)?.declarations?.[0] : undefined;
    return (
      made !== undefined &&
      ts.isBindingElement(made) &&
      (made.propertyName ?? made.name).getText() === 'kind' &&
      isOfNode(checker.getTypeAtLocation(made.parent))
    );
  };

  const found: string[] = [];
  for (const file of program.getSourceFiles()) {
    const name = path.relative(root, file.fileName);
    if (!/^(compiler|src|runtime)\//.test(name) || name.startsWith('compiler/ir/')) continue;
    const visit = (at: ts.Node): void => {
      const asked =
        (ts.isBinaryExpression(at) && ts.isStringLiteral(at.right) && isKindOfNode(at.left)) ||
        (ts.isSwitchStatement(at) && isKindOfNode(at.expression));
      if (asked) {
        const line = file.getLineAndCharacterOfPosition(at.getStart()).line;
        found.push(`${name}:${line + 1} ${file.text.split('\n')[line]!.trim()}`);
      }
      ts.forEachChild(at, visit);
    };
    visit(file);
  }
  return found;
}

const hostile = `import type { Graph, Node } from './ir/graph.ts';
export const one = (node: Node): boolean => node.kind === 'equation';
export const two = ({ nodes }: Graph): number => nodes.filter(({ kind }) => kind !== 'gradient').length;
export const three = (node: Node | undefined): boolean => node?.kind === 'input';
export function four({ kind: what }: Node): number {
  switch (what) {
    case 'equation':
      return 1;
    default:
      return 0;
  }
}
export const other = (thing: { readonly kind: 'equation' | 'leaf' }): boolean => thing.kind === 'equation';
`;

describe('kinds of nodes', () => {
  const probe = path.join(root, 'compiler/probe.ts');
  const found = testsByHand(new Map([[probe, hostile]]));

  test('are tested by nobody outside ir', () => {
    expect(found.filter((place) => !place.startsWith('compiler/probe.ts'))).toEqual([]);
  });

  test('and a test by hand is found, however it is written', () => {
    const lines = found.flatMap((place) => place.match(/^compiler\/probe\.ts:(\d+)/)?.[1] ?? []);
    expect(lines).toEqual(['2', '3', '4', '6']);
  });
});
