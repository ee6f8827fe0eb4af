/** What may be written bare in the text of a graph, and how everything else is quoted. */

/** A node's name: letters, digits, `_`, and `.` between the parts of a path. */
export const nodeName = /[\p{L}_][\p{L}\p{N}_]*(?:\.[\p{L}\p{N}_]+)*/u;

const whole = (pattern: RegExp): RegExp => new RegExp(`^(?:${pattern.source})$`, pattern.flags);

export const isNodeName = (text: string): boolean => whole(nodeName).test(text);

/** Words with a meaning of their own, which no index can have as its name. */
export const keywords: ReadonlySet<string> = new Set([
  ...['if', 'then', 'else', 'and', 'or', 'not', 'div', 'mod', 'true', 'false'],
  ...['where', 'derivative', 'result', 'gradient', 'wrt'],
]);

export const isIndexName = (text: string): boolean =>
  /^[\p{L}_][\p{L}\p{N}_]*$/u.test(text) && !keywords.has(text);

/** As it is where `bare` accepts it, else as a JSON string. */
export const quoteUnless = (bare: RegExp, text: string): string =>
  whole(bare).test(text) ? text : JSON.stringify(text);
