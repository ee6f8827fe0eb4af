/**
 * The parser library comes out, as one file where that can be found: loading its 25 ms bundle instead of its
 * hundreds of modules saves a third of a second at every start. The package's `exports` do not name the bundle, so
 * it is looked for beside its entry; a browser's bundler takes the entry itself.
 */
const load = async (): Promise<typeof import('chevrotain')> => {
  try {
    const { createRequire } = globalThis.process.getBuiltinModule('node:module');
    const { pathToFileURL } = globalThis.process.getBuiltinModule('node:url');
    const entry = pathToFileURL(createRequire(import.meta.url).resolve('chevrotain'));
    return await import(/* @vite-ignore */ new URL('../chevrotain.min.mjs', entry).href);
  } catch {
    return import('chevrotain');
  }
};

export const { CstParser, createToken, createTokenInstance, EOF, Lexer, tokenLabel } = await load();
