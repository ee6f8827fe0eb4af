/** A server process, and an editor that speaks with it: a text is opened, a cursor is where a `¦` stands, answers are plain. */
import { spawn } from 'node:child_process';
import { pathToFileURL } from 'node:url';
import {
  type CompletionItem,
  createProtocolConnection,
  type Diagnostic,
  type DocumentSymbol,
  type FoldingRange,
  type Hover,
  type InlayHint,
  type Location,
  type Position,
  type ProtocolConnection,
  type PublishDiagnosticsParams,
  type Range,
  type SemanticTokens,
  StreamMessageReader,
  StreamMessageWriter,
  type TextEdit,
  type WorkspaceEdit,
} from 'vscode-languageserver/node';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { program } from '../support/command.ts';

export interface Editor {
  /** Opens a text under a path, and gives what can be asked of it. */
  readonly open: (path: string, text: string) => OpenText;
  readonly close: () => Promise<number | null>;
  /** What the server said it can do. */
  readonly capabilities: () => Promise<Readonly<Record<string, unknown>>>;
}

export interface OpenText {
  readonly uri: string;
  readonly text: () => string;
  /** Where the cursor is just before the `count`-th `word`. */
  readonly before: (word: string, count?: number) => Position;
  readonly change: (from: string, to: string) => void;
  readonly diagnostics: () => Promise<readonly Diagnostic[]>;
  readonly hover: (at: Position) => Promise<string>;
  readonly definition: (at: Position) => Promise<string>;
  readonly references: (at: Position) => Promise<readonly string[]>;
  readonly prepareRename: (at: Position) => Promise<unknown>;
  readonly rename: (at: Position, name: string) => Promise<WorkspaceEdit>;
  readonly completions: (at: Position) => Promise<readonly CompletionItem[]>;
  readonly resolve: (item: CompletionItem) => Promise<CompletionItem>;
  readonly format: () => Promise<readonly TextEdit[]>;
  readonly colours: () => Promise<readonly string[]>;
  readonly inlays: () => Promise<readonly string[]>;
  readonly folds: () => Promise<readonly FoldingRange[]>;
  readonly symbols: () => Promise<readonly DocumentSymbol[]>;
  readonly apply: (edits: readonly TextEdit[]) => string;
}

/** A server to which nothing has been said; `ended` is its exit code. */
export function startServer(): {
  readonly connection: ProtocolConnection;
  readonly ended: Promise<number | null>;
} {
  const child = spawn(process.execPath, [program, 'lsp', '--stdio'], { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  const connection = createProtocolConnection(
    new StreamMessageReader(child.stdout),
    new StreamMessageWriter(child.stdin),
  );
  return { connection, ended };
}

export function startEditor(folder: string): Editor {
  const { connection, ended } = startServer();
  const published = new Map<string, PublishDiagnosticsParams>();
  const listeners = new Set<() => void>();
  connection.onNotification('textDocument/publishDiagnostics', (params: PublishDiagnosticsParams) => {
    published.set(params.uri, params);
    for (const listener of listeners) listener();
  });
  connection.onRequest('workspace/inlayHint/refresh', () => null);
  connection.listen();
  const initialized = connection
    .sendRequest<{ capabilities: Readonly<Record<string, unknown>> }>('initialize', {
      processId: process.pid,
      rootUri: pathToFileURL(folder).href,
      capabilities: { workspace: { inlayHint: { refreshSupport: true } } },
    })
    .then(async (result) => {
      await connection.sendNotification('initialized', {});
      return result;
    });
  return {
    capabilities: async () => (await initialized).capabilities,
    open: (path, text) =>
      openText({ connection, published, listeners, initialized }, pathToFileURL(path).href, text),
    close: async () => {
      await connection.sendRequest('shutdown');
      await connection.sendNotification('exit');
      return ended;
    },
  };
}

interface Session {
  readonly connection: ProtocolConnection;
  readonly published: ReadonlyMap<string, PublishDiagnosticsParams>;
  readonly listeners: Set<() => void>;
  readonly initialized: Promise<unknown>;
}

function openText(session: Session, uri: string, given: string): OpenText {
  const { connection, published, listeners, initialized } = session;
  let document = TextDocument.create(uri, 'nn', 1, given);
  let told = initialized.then(() =>
    connection.sendNotification('textDocument/didOpen', {
      textDocument: { uri, languageId: 'nn', version: 1, text: given },
    }),
  );
  const ask = async <T>(method: string, params: object = {}): Promise<T> => {
    await told;
    return connection.sendRequest<T>(`textDocument/${method}`, { textDocument: { uri }, ...params });
  };
  const textAt = (range: Range): string => document.getText(range);
  return {
    uri,
    text: () => document.getText(),
    before: (word, count = 1) => {
      let offset = -1;
      for (let k = 0; k < count; k += 1) offset = document.getText().indexOf(word, offset + 1);
      if (offset < 0) throw new Error(`${word} is not in the text`);
      return document.positionAt(offset);
    },
    change: (from, to) => {
      const offset = document.getText().indexOf(from);
      if (offset < 0) throw new Error(`${from} is not in the text`);
      const range = { start: document.positionAt(offset), end: document.positionAt(offset + from.length) };
      const version = document.version + 1;
      document = TextDocument.update(document, [{ range, text: to }], version);
      told = told.then(() =>
        connection.sendNotification('textDocument/didChange', {
          textDocument: { uri, version },
          contentChanges: [{ range, text: to }],
        }),
      );
    },
    diagnostics: () =>
      new Promise((resolve) => {
        const look = (): void => {
          const known = published.get(uri);
          if (known?.version !== document.version) return;
          listeners.delete(look);
          resolve(known.diagnostics);
        };
        listeners.add(look);
        look();
      }),
    hover: async (position) => {
      const hover = await ask<Hover | null>('hover', { position });
      return hover === null ? '' : (hover.contents as { readonly value: string }).value;
    },
    definition: async (position) => {
      const location = await ask<Location | null>('definition', { position });
      return location === null ? '' : placeText(location);
    },
    references: async (position) => {
      const found = await ask<Location[]>('references', { position, context: { includeDeclaration: true } });
      return found.map((location) => `${location.range.start.line + 1} ${textAt(location.range)}`);
    },
    prepareRename: (position) => ask('prepareRename', { position }),
    rename: (position, newName) => ask('rename', { position, newName }),
    completions: (position) => ask('completion', { position }),
    resolve: (item) => connection.sendRequest('completionItem/resolve', item),
    format: () => ask('formatting', { options: { tabSize: 2, insertSpaces: true } }),
    colours: async () => {
      const legend = (
        (await initialized) as {
          capabilities: {
            semanticTokensProvider: { legend: { tokenTypes: string[]; tokenModifiers: string[] } };
          };
        }
      ).capabilities.semanticTokensProvider.legend;
      const { data } = await ask<SemanticTokens>('semanticTokens/full');
      let [line, character] = [0, 0];
      const found: string[] = [];
      for (let at = 0; at < data.length; at += 5) {
        const [down, right, length, type, bits] = data.slice(at, at + 5) as [
          number,
          number,
          number,
          number,
          number,
        ];
        character = down > 0 ? right : character + right;
        line += down;
        const word = textAt({ start: { line, character }, end: { line, character: character + length } });
        const set = legend.tokenModifiers.filter((_, k) => (bits & (1 << k)) !== 0);
        found.push([`${line + 1}`, word, legend.tokenTypes[type], ...set].join(' '));
      }
      return found;
    },
    inlays: async () => {
      const range = { start: { line: 0, character: 0 }, end: document.positionAt(document.getText().length) };
      const hints = await ask<InlayHint[]>('inlayHint', { range });
      return hints.map(({ position, label }) => {
        const before = document.getText({ start: { line: position.line, character: 0 }, end: position });
        return `${position.line + 1} ${/\w+$/.exec(before)?.[0]}${String(label)}`;
      });
    },
    folds: () => ask('foldingRange'),
    symbols: () => ask('documentSymbol'),
    apply: (edits) => TextDocument.applyEdits(document, [...edits]),
  };
}

const placeText = ({ uri, range }: Location): string =>
  `${uri.slice(uri.lastIndexOf('/') + 1)}:${range.start.line + 1}:${range.start.character + 1}`;
