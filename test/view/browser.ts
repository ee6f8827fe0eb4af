/** The Chromium inside the package `@sparticuz/chromium`, unpacked once; a browser that Playwright drives out. */
import { createReadStream, createWriteStream, existsSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createBrotliDecompress } from 'node:zlib';
import { type Browser, chromium } from 'playwright-core';
import { extract } from 'tar-stream';

const source = path.resolve(import.meta.dirname, '../../node_modules/@sparticuz/chromium');

/**
 * The fonts beside this file and no others, so that pages look alike everywhere. The package's own configuration
 * names folders outside of it, which a machine has only by chance; without a font, text has no size at all.
 */
const fontsConfiguration = `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir prefix="relative">fonts</dir>
  <cachedir prefix="xdg">fontconfig</cachedir>
</fontconfig>
`;

/** Only this package and this machine have it: others skip the tests that need it. */
export const hasBrowser = process.platform === 'linux' && process.arch === 'x64' && existsSync(source);

/** WebGPU computes on the software adapter that lies beside it. */
const withGpu = ['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader'];

export async function openBrowser({ webgpu = false } = {}): Promise<Browser> {
  const folder = await unpacked();
  const args = ['--no-sandbox', '--no-zygote', '--disable-gpu', '--disable-dev-shm-usage'];
  return chromium.launch({
    executablePath: path.join(folder, 'chromium'),
    args: [...args, ...(webgpu ? withGpu : [])],
    env: {
      ...process.env,
      LD_LIBRARY_PATH: path.join(folder, 'lib'),
      FONTCONFIG_PATH: folder,
    },
  });
}

/** Several tests may start at once: whoever is first renames its complete folder into place. */
async function unpacked(): Promise<string> {
  const { version } = JSON.parse(readFileSync(path.join(source, 'package.json'), 'utf8')) as {
    readonly version: string;
  };
  const cache = path.join(process.env.XDG_CACHE_HOME || path.join(os.homedir(), '.cache'), 'nnc');
  const folder = path.join(cache, `browser-${version}-webgpu`);
  if (existsSync(folder)) return folder;
  await mkdir(cache, { recursive: true, mode: 0o700 });
  const fresh = await mkdtemp(path.join(cache, 'unpacking-'));
  const packed = (name: string) => createReadStream(path.join(source, 'bin', name));
  await pipeline(
    packed('chromium.br'),
    createBrotliDecompress(),
    createWriteStream(path.join(fresh, 'chromium'), { mode: 0o755 }),
  );
  for (const archive of ['al2023.tar.br', 'fonts.tar.br', 'swiftshader.tar.br']) {
    const entries = extract();
    const read = pipeline(packed(archive), createBrotliDecompress(), entries);
    for await (const entry of entries) {
      const target = path.join(fresh, entry.header.name);
      if (entry.header.type !== 'file') {
        entry.resume();
        continue;
      }
      await mkdir(path.dirname(target), { recursive: true });
      await pipeline(entry, createWriteStream(target));
    }
    await read;
  }
  await writeFile(path.join(fresh, 'fonts.conf'), fontsConfiguration);
  await rename(fresh, folder).catch(async (problem: unknown) => {
    await rm(fresh, { recursive: true, force: true });
    if (!existsSync(folder)) throw problem;
  });
  return folder;
}
