/**
 * Sources in, `dist/` out: the program, the library and its parts, the demonstration, and the script and style of the page
 * that `nnc view` writes.
 *
 * Each command, and what programs share, is a part of its own, with a digest of its content in its name, so that a
 * command loads what it needs. Each program begins with a digest of the sources that it was made of. `refresh` compares
 * it with what lies there now, so nothing stale ever runs: by content where a file was touched since it was found to be
 * the same (`sources.mjs`), which takes some hundredths of a second. Making it all anew takes half a second. Files are
 * replaced by renaming, and parts are there before what loads them and stay for a while after: whoever starts meanwhile
 * finds whole ones that belong together.
 */
import {
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { isRemembered, remember, sourceFiles, timesOf } from './sources.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = path.join(root, 'dist');

/** With packages as they are installed: for Node, and two that run in pages as well. */
const programs = {
  'cli.js': 'src/cli.ts',
  'demo.js': 'src/training/demo.ts',
  'index.js': 'src/index.ts',
  'compiler.js': 'src/compiler.ts',
  'runtime.js': 'runtime/index.ts',
};
/** For a browser, each to stand in a page. */
const assets = { 'page.js': 'src/page/main.js', 'page.css': 'src/page/page.css' };

const bundles = Object.keys({ ...programs, ...assets });
/** Of the files that were found to belong together. */
const memory = path.join(folder, 'sources.txt');

/**
 * Makes what is missing or of other sources. An installation without development packages cannot: that ends the
 * process, but where making it is only wanted if possible.
 */
export async function refresh({ ifPossible = false } = {}) {
  const sources = sourceFiles(root);
  const times = timesOf(root, [...sources, ...bundles.map((name) => `dist/${name}`)]);
  if (times !== undefined && isRemembered(times, memory)) return;
  const digest = await digestOf(sources);
  if (bundles.every((name) => isOf(digest, name))) {
    if (times !== undefined) remember(times, memory);
    return;
  }
  const bundler = await import('esbuild').catch((failure) => {
    if (failure?.code === 'ERR_MODULE_NOT_FOUND') return undefined;
    throw failure;
  });
  if (bundler === undefined) {
    process.stderr.write(`${ifPossible ? 'note' : 'error'}: ${withoutBundler}\n`);
    if (ifPossible) return;
    process.exit(70);
  }
  try {
    await make(bundler, digest);
  } catch (failure) {
    const reason = failure instanceof Error ? failure.message : String(failure);
    process.stderr.write(`error: the sources could not be bundled into ${folder}: ${reason}\n`);
    process.exit(70);
  }
}

const withoutBundler =
  'the sources cannot be bundled without esbuild, a development package that is not installed here; ' +
  '`npm ci` without --omit=dev brings it';

/**
 * Of all that a bundle is made of: the texts, how it is made, and with which versions.
 *
 * @param {readonly string[]} files
 */
async function digestOf(files) {
  const { createHash } = await import('node:crypto');
  const hash = createHash('sha256');
  for (const name of files) {
    const text = readFileSync(path.join(root, name));
    hash.update(`${name}\0${text.length}\0`).update(text);
  }
  return hash.digest('hex');
}

/** @param {string} digest */
const banner = (digest) => `/* made of ${digest} */`;

/**
 * @param {string} digest
 * @param {string} name
 */
function isOf(digest, name) {
  const expected = Buffer.from(banner(digest));
  const found = Buffer.alloc(expected.length);
  try {
    const file = openSync(path.join(folder, name), 'r');
    try {
      readSync(file, found, 0, found.length, 0);
    } finally {
      closeSync(file);
    }
  } catch {
    return false;
  }
  return found.equals(expected);
}

/**
 * @param {typeof import('esbuild')} bundler
 * @param {string} digest
 */
async function make({ build }, digest) {
  const common = /** @type {const} */ ({
    absWorkingDir: root,
    bundle: true,
    write: false,
    outdir: folder,
    banner: { js: banner(digest), css: banner(digest) },
    charset: 'utf8',
    logLevel: 'silent',
  });
  /** @param {Readonly<Record<string, string>>} entries */
  const entryPoints = (entries) =>
    Object.entries(entries).map(([name, source]) => ({ in: source, out: path.parse(name).name }));
  const made = await Promise.all([
    build({
      ...common,
      entryPoints: entryPoints(programs),
      platform: 'node',
      target: 'node20.19',
      format: 'esm',
      splitting: true,
      packages: 'external',
      plugins: [withPrelude],
      // One byte a character, which is read faster.
      charset: 'ascii',
    }),
    build({
      ...common,
      entryPoints: entryPoints(assets),
      platform: 'browser',
      target: 'es2023',
      format: 'iife',
      minify: true,
    }),
  ]);
  mkdirSync(folder, { recursive: true });
  const files = made.flatMap(({ outputFiles }) => outputFiles);
  const isPart = (/** @type {string} */ file) => !bundles.includes(path.basename(file));
  for (const { path: file, contents } of [
    ...files.filter((made) => isPart(made.path)),
    ...files.filter((made) => !isPart(made.path)),
  ]) {
    const fresh = `${file}.${process.pid}.tmp`;
    writeFileSync(fresh, contents);
    renameSync(fresh, file);
  }
  removeParts(new Set(files.map((made) => path.basename(made.path))));
}

/**
 * The texts of the prelude, in place of what reads them.
 *
 * @type {import('esbuild').Plugin}
 */
const withPrelude = {
  name: 'prelude',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]src[\\/]model[\\/]prelude-sources\.ts$/ }, () => {
      const prelude = path.join(root, 'compiler/prelude');
      const sources = readdirSync(prelude)
        .filter((name) => name.endsWith('.nn'))
        .sort()
        .map((name) => ({
          name: `prelude/${name}`,
          text: readFileSync(path.join(prelude, name), 'utf8'),
        }));
      return {
        contents: `const sources = ${JSON.stringify(sources)};\nexport const preludeSources = () => sources;`,
      };
    });
  },
};

/** Milliseconds in which a program that has started has loaded its parts, on the slowest machine. */
const longestStart = 60_000;

/**
 * Removes the parts of bundles that are gone.
 *
 * @param {ReadonlySet<string>} kept
 */
function removeParts(kept) {
  for (const name of readdirSync(folder)) {
    if (kept.has(name) || !/^[\w-]+-[0-9A-Z]{8}\.js$/.test(name)) continue;
    const part = path.join(folder, name);
    const stats = statSync(part, { throwIfNoEntry: false });
    if (stats !== undefined && Date.now() - stats.mtimeMs > longestStart) rmSync(part, { force: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await refresh({ ifPossible: process.argv.includes('--if-possible') });
}
