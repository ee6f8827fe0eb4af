/**
 * A kind of adapter comes in; on Linux, a loaded Vulkan loader and the variables that lead it to the drivers go out.
 */
import { readdirSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { messageOf } from './device.ts';
import { userFolder } from './node-home.ts';
import { entryOf, missing } from './node-packages.ts';
import { probeHardware } from './node-probe.ts';
import { cacheFolders, driverFile, loaderFile, unpackSwiftShader } from './node-swiftshader.ts';

/** Where Vulkan loaders look for drivers; the variables override the folders. */
function hasVulkanDriver(): boolean {
  const { env } = process;
  const given = env.VK_DRIVER_FILES ?? env.VK_ICD_FILENAMES;
  if (given) return !given.endsWith(driverFile);
  const own = userFolder('XDG_DATA_HOME', '.local/share');
  const roots = [
    '/etc',
    '/usr/local/etc',
    '/usr/share',
    '/usr/local/share',
    ...(own === undefined ? [] : [own]),
  ];
  return roots.some((root) =>
    namesIn(path.join(root, 'vulkan/icd.d')).some((name) => name.endsWith('.json')),
  );
}

/** None where there is no such folder, or none that this user may read. */
function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** Which drivers the Vulkan loader looks at, in the words of today's loaders and of older ones. */
const driverVariables = ['VK_DRIVER_FILES', 'VK_ICD_FILENAMES'] as const;

type Variables = Readonly<Record<string, string>>;

/**
 * Loads a Vulkan loader; gives the variables under which Dawn finds adapters of this kind, or the reason why there
 * are none. Unless `verbose`, drivers print nothing: those of hardware are asked in a process of their own first.
 */
export async function prepareVulkan(
  kind: 'hardware' | 'software',
  verbose: boolean,
): Promise<Variables | string> {
  if (kind === 'hardware' && !hasVulkanDriver()) {
    return 'no Vulkan driver is installed (no driver file in /etc/vulkan/icd.d or /usr/share/vulkan/icd.d)';
  }
  const systemLoader = loadLibrary(loaderFile);
  const variables = verbose ? {} : quiet(kind);
  if (kind === 'hardware' && systemLoader) return verbose ? variables : asked(variables);
  if (process.arch !== 'x64') {
    return kind === 'software'
      ? `the software device SwiftShader is there for linux-x64 only, this is linux-${process.arch}`
      : 'the Vulkan loader libvulkan.so.1 is not installed';
  }
  if (entryOf('@sparticuz/chromium') === undefined) {
    return kind === 'software'
      ? missing('@sparticuz/chromium')
      : 'the Vulkan loader libvulkan.so.1 is not installed';
  }
  let folder: string;
  try {
    folder = await unpackSwiftShader(cacheFolders());
  } catch (error) {
    return `SwiftShader cannot be unpacked: ${messageOf(error)} (XDG_CACHE_HOME names a folder for it)`;
  }
  if (!systemLoader && !loadLibrary(path.join(folder, loaderFile))) {
    return 'the Vulkan loader of SwiftShader cannot be loaded on this system';
  }
  if (kind === 'hardware') return verbose ? variables : asked(variables, folder);
  const driver = path.join(folder, driverFile);
  return { ...variables, ...Object.fromEntries(driverVariables.map((name) => [name, driver])) };
}

/** The variables themselves, if the drivers have hardware under them; else why not. */
async function asked(variables: Variables, loaderFolder?: string): Promise<Variables | string> {
  switch (await probeHardware(variables, loaderFolder)) {
    case 'none':
      return 'the Vulkan drivers offer no hardware adapter that Dawn takes (--verbose shows what they say)';
    case 'crashed':
      return 'the Vulkan drivers crashed, or gave no answer';
    case 'hardware':
    case 'unknown':
      return variables;
  }
}

/**
 * Loads a shared library for good, so that Dawn finds it under its name. `dlopen` complains that the library is
 * no Node add-on, which is expected: it stays loaded.
 */
function loadLibrary(file: string): boolean {
  const { RTLD_NOW, RTLD_GLOBAL } = os.constants.dlopen;
  const noDelete = 0x1000; // RTLD_NODELETE of glibc, which Node does not name
  try {
    process.dlopen({ exports: {} }, file, RTLD_NOW | RTLD_GLOBAL | noDelete);
    return true;
  } catch (error) {
    return messageOf(error).includes('did not self-register');
  }
}

/**
 * What keeps drivers quiet: Mesa looks for a window system in a folder that need not be there, and its software
 * driver is nothing to ask for hardware.
 */
function quiet(kind: 'hardware' | 'software'): Variables {
  const { XDG_RUNTIME_DIR, VK_LOADER_DRIVERS_DISABLE } = process.env;
  return {
    ...(!path.isAbsolute(XDG_RUNTIME_DIR ?? '') && { XDG_RUNTIME_DIR: '/nonexistent' }),
    ...(kind === 'hardware' &&
      VK_LOADER_DRIVERS_DISABLE === undefined && { VK_LOADER_DRIVERS_DISABLE: 'lvp_*' }),
  };
}
