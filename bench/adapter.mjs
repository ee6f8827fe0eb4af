// The Vulkan driver of the measured processes: the machine's own, or SwiftShader where there is none.
import { tmpdir } from 'node:os';
import path from 'node:path';
import { listDevices, unpackSwiftShader } from '../dist/index.js';

/** Environment for a child that loads Dawn without help: found by the Vulkan loader's own variables. */
export async function prepareSoftwareAdapter() {
  const { devices } = await listDevices();
  if (devices[0]?.class === 'hardware') return {};
  const folder = await unpackSwiftShader([path.join(tmpdir(), 'nnc-bench')]);
  const driver = path.join(folder, 'vk_swiftshader_icd.json');
  return {
    VK_DRIVER_FILES: driver,
    VK_ICD_FILENAMES: driver,
    LD_LIBRARY_PATH: [folder, process.env.LD_LIBRARY_PATH].filter(Boolean).join(':'),
  };
}
