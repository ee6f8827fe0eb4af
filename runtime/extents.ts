/** Extents in, how much they span out: 1 where there are none. */

/** How many elements a tensor of this shape has. */
export const elementCount = (shape: readonly number[]): number =>
  shape.reduce((count, extent) => count * extent, 1);

/** How many points indices span together. */
export const countPoints = (indices: readonly { readonly extent: number }[]): number =>
  indices.reduce((count, { extent }) => count * extent, 1);
