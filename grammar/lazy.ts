/** A value that is expensive to make comes in as a function; it is made at the first use and kept. */
export function lazy<T>(make: () => T): () => T {
  const holder: { made?: { readonly value: T } } = {};
  return () => {
    holder.made ??= { value: make() };
    return holder.made.value;
  };
}
