/** A fault of the compiler itself, as an exception: which pass met it, at which node, and a dump to attach. */

export interface InternalErrorDetails {
  /** The stage or pass that met the fault: `verify`, `scalar/build`, `autodiff`. */
  readonly pass: string;
  /** The name of the node at hand, without the `%`. */
  readonly node?: string;
  /** What to attach to a report: the printed graph, node or expression. */
  readonly dump?: string;
}

export class InternalError extends Error {
  readonly pass: string;
  readonly node: string | undefined;
  readonly dump: string | undefined;

  constructor(message: string, details: InternalErrorDetails) {
    const at = details.node === undefined ? details.pass : `${details.pass}, at %${details.node}`;
    super(`${message} (${at}; this is a fault of the compiler, not of the file)`);
    this.name = 'InternalError';
    this.pass = details.pass;
    this.node = details.node;
    this.dump = details.dump;
  }
}
