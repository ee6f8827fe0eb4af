/** The language server: what an editor asks over a connection, and which file answers it. */
import {
  type Connection,
  ErrorCodes,
  ResponseError,
  type ServerCapabilities,
  TextDocumentSyncKind,
  TextDocuments,
} from 'vscode-languageserver/node';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { span } from '../../grammar/source.ts';
import { coloursOf, legend } from './colours.ts';
import { completionsAt, resolved } from './completion.ts';
import { diagnosticsOf } from './diagnostics.ts';
import { foldsOf } from './folding.ts';
import { formatted } from './formatting.ts';
import { hoverAt } from './hover.ts';
import { inlaysOf } from './inlays.ts';
import { locationOf, nameOf, rangeOf } from './places.ts';
import { meaningAt, placeKey, placesOf } from './reading.ts';
import { rename, renamedAt } from './rename.ts';
import { symbolsOf } from './symbols.ts';
import { openWorkspace } from './workspace.ts';

/** Milliseconds after which a text that is no longer changed is checked; longer where a check takes longer. */
const pause = 150;
const longestPause = 1500;

/** What the server can do, as it tells an editor. */
const capabilities: ServerCapabilities = {
  textDocumentSync: TextDocumentSyncKind.Incremental,
  hoverProvider: true,
  definitionProvider: true,
  referencesProvider: true,
  documentHighlightProvider: true,
  renameProvider: { prepareProvider: true },
  completionProvider: { triggerCharacters: ['.', '('], resolveProvider: true },
  documentFormattingProvider: true,
  documentRangeFormattingProvider: true,
  semanticTokensProvider: { legend, full: true },
  inlayHintProvider: true,
  foldingRangeProvider: true,
  documentSymbolProvider: true,
};

/** Answers until the connection ends. */
export function serve(connection: Connection): void {
  const documents = new TextDocuments(TextDocument);
  let folders: readonly string[] = [];
  const workspace = openWorkspace(documents, () => folders);

  let phase: 'before initialize' | 'open' | 'after shutdown' = 'before initialize';
  connection.onInitialize(({ workspaceFolders, rootUri }) => {
    if (phase !== 'before initialize')
      throw new ResponseError(ErrorCodes.InvalidRequest, 'initialize is asked once');
    phase = 'open';
    const uris = workspaceFolders?.map(({ uri }) => uri) ?? (rootUri == null ? [] : [rootUri]);
    folders = uris.filter((uri) => uri.startsWith('file:')).map(nameOf);
    return { capabilities, serverInfo: { name: 'nnc' } };
  });

  connection.onShutdown(() => {
    phase = 'after shutdown';
  });
  /** What a request is answered from: of an editor that has said what it can do, and not yet that it ends. */
  const asked = (): typeof workspace => {
    if (phase === 'open') return workspace;
    const code = phase === 'before initialize' ? ErrorCodes.ServerNotInitialized : ErrorCodes.InvalidRequest;
    throw new ResponseError(code, `a request ${phase} has no answer`);
  };

  /** The document of a request, and the offset of its position. */
  const at = (uri: string): TextDocument => {
    const document = documents.get(uri);
    if (document === undefined) throw new ResponseError(ErrorCodes.InvalidParams, `${uri} is not open`);
    return document;
  };

  // ---------------------------------------------------------------- what is wrong

  let waiting: NodeJS.Timeout | undefined;
  /** How long the last check of all open texts took. */
  let took = 0;
  const listeners: (() => void)[] = [];
  /** What needs a check waits until the text is no longer changed: a check of every letter would hold up all else. */
  const quiet = (): Promise<void> =>
    waiting === undefined ? Promise.resolve() : new Promise((resolve) => listeners.push(resolve));
  const changed = (changes: readonly { readonly uri: string }[]): void => {
    for (const { uri } of changes) workspace.forget(uri);
    clearTimeout(waiting);
    waiting = setTimeout(publish, Math.min(longestPause, Math.max(pause, took)));
  };
  const publish = (): void => {
    waiting = undefined;
    const began = performance.now();
    // Another open file may use the one that changed.
    for (const { uri, version } of documents.all()) {
      const diagnostics = [...diagnosticsOf(workspace.reading(uri), workspace.checking(uri))];
      void connection.sendDiagnostics({ uri, version, diagnostics });
    }
    took = performance.now() - began;
    for (const listener of listeners.splice(0)) listener();
  };
  documents.onDidChangeContent(({ document }) => changed([document]));
  documents.onDidClose(({ document }) => {
    void connection.sendDiagnostics({ uri: document.uri, diagnostics: [] });
    changed([document]);
  });
  connection.onDidChangeWatchedFiles(({ changes }) => changed(changes));

  // ---------------------------------------------------------------- what is asked

  connection.onHover(async ({ textDocument: { uri }, position }, token) => {
    await quiet();
    if (token.isCancellationRequested) return null;
    const shown = hoverAt(asked().reading(uri), asked().checking(uri), at(uri).offsetAt(position));
    return shown && { contents: shown.contents, range: rangeOf(shown.at) };
  });
  connection.onDefinition(({ textDocument: { uri }, position }) => {
    const meaning = meaningAt(asked().reading(uri), at(uri).offsetAt(position));
    return meaning && locationOf(meaning.definition);
  });
  connection.onReferences(({ textDocument: { uri }, position, context }) => {
    const meaning = meaningAt(asked().reading(uri), at(uri).offsetAt(position));
    if (meaning === undefined) return [];
    const { definition } = meaning;
    const places = new Map(
      asked()
        .usersOf(uri)
        .flatMap((reading) => placesOf(reading, meaning))
        .map((place) => [placeKey(place), place]),
    );
    if (!context.includeDeclaration) places.delete(placeKey(definition));
    return [...places.values()].map(locationOf);
  });
  connection.onDocumentHighlight(({ textDocument: { uri }, position }) => {
    const reading = asked().reading(uri);
    const meaning = meaningAt(reading, at(uri).offsetAt(position));
    const places = meaning === undefined ? [] : placesOf(reading, meaning);
    return places
      .filter(({ source }) => source === reading.main.source)
      .map((place) => ({ range: rangeOf(place) }));
  });
  connection.onPrepareRename(
    ({ textDocument: { uri }, position }) =>
      renamedAt(asked().reading(uri), at(uri).offsetAt(position)) ?? null,
  );
  connection.onRenameRequest(({ textDocument: { uri }, position, newName }) =>
    rename(asked().usersOf(uri), at(uri).offsetAt(position), newName),
  );
  connection.onCompletion(({ textDocument: { uri }, position }) => [
    ...completionsAt(asked().reading(uri), at(uri).offsetAt(position)),
  ]);
  connection.onCompletionResolve((item) => {
    asked();
    return resolved(item);
  });
  connection.onDocumentFormatting(({ textDocument: { uri } }) => [...formatted(asked().reading(uri))]);
  connection.onDocumentRangeFormatting(({ textDocument: { uri }, range }) => {
    const reading = asked().reading(uri);
    const { source } = reading.main;
    return [...formatted(reading, span(source, at(uri).offsetAt(range.start), at(uri).offsetAt(range.end)))];
  });
  connection.languages.semanticTokens.on(({ textDocument: { uri } }) => coloursOf(asked().reading(uri)));
  connection.languages.inlayHint.on(async ({ textDocument: { uri }, range }, token) => {
    await quiet();
    if (token.isCancellationRequested) return [];
    const reading = asked().reading(uri);
    const within = span(reading.main.source, at(uri).offsetAt(range.start), at(uri).offsetAt(range.end));
    return [...inlaysOf(reading, asked().checking(uri), within)];
  });
  connection.onFoldingRanges(({ textDocument: { uri } }) => [...foldsOf(asked().reading(uri))]);
  connection.onDocumentSymbol(({ textDocument: { uri } }) => [...symbolsOf(asked().reading(uri))]);

  documents.listen(connection);
  connection.listen();
}
