/**
 * All of nnc for Node: the compiler, the runtime, and what opens adapters and the processor here.
 *
 * @module nnc
 */
export * from '../runtime/index.ts';
export {
  listDevices,
  type NodeDeviceOptions,
  openNodeDevice,
} from '../runtime/node-device.ts';
export { unpackSwiftShader } from '../runtime/node-swiftshader.ts';
export { wasmExecutor } from '../runtime/wasm/node-executor.ts';
export * from './compiler.ts';
export { compileFile } from './model/compile-file.ts';
