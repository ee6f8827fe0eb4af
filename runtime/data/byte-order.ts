/** Big-endian elements in, little-endian elements out, in place (and back). */

export function swapBytes(bytes: Uint8Array, elementBytes: number): void {
  for (let begin = 0; begin + elementBytes <= bytes.length; begin += elementBytes) {
    for (let low = begin, high = begin + elementBytes - 1; low < high; low++, high--) {
      const byte = bytes[low]!;
      bytes[low] = bytes[high]!;
      bytes[high] = byte;
    }
  }
}
