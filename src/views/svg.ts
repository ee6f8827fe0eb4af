/** DOT in, SVG out, laid out by Graphviz; nothing is fetched: the layout engine is in the package. */

/** A large graph takes seconds and a few hundred megabytes. */
export async function svgOf(dot: string): Promise<string> {
  const { Graphviz } = await import('@hpcc-js/wasm-graphviz');
  const graphviz = await Graphviz.load();
  return graphviz.dot(dot);
}
