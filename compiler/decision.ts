/** A choice the compiler made, with its reasons: for kernel headers, `--explain` and whoever asks why it is slow. */
export interface Decision<T extends string = string> {
  readonly chosen: T;
  readonly because: string;
  readonly rejected: readonly { readonly option: string; readonly because: string }[];
}
