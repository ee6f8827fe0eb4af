/** What an engine lends the executor: scripts that run beside the one that asks, and are told things by messages. */

export interface Thread {
  /** `moved` are handed over, not copied. */
  tell(message: unknown, moved?: readonly ArrayBuffer[]): void;
  /** Whether the program waits for it when it has nothing else to do. */
  hold(wanted: boolean): void;
  stop(): void;
}

export interface Listener {
  heard(message: unknown): void;
  /** It runs no more. */
  ended(why: string): void;
}

export interface Host {
  /** What defines `listen(handle)` and `send(message, moved)` in front of a script. */
  readonly prologue: string;
  start(script: string, name: string, listener: Listener): Thread;
}
