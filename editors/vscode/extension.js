/** Starts nnc's language server when the first .nn file is opened, and ends it with the editor. */
import { workspace } from 'vscode';
import { LanguageClient, TransportKind } from 'vscode-languageclient/node';

/** @type {LanguageClient | undefined} */
let client;

export async function activate() {
  const [command = 'nnc', ...args] = workspace.getConfiguration('nn').get('server', ['nnc', 'lsp']);
  client = new LanguageClient(
    'nn',
    'nnc',
    { command, args, transport: TransportKind.stdio },
    {
      documentSelector: [{ language: 'nn' }],
      synchronize: { fileEvents: workspace.createFileSystemWatcher('**/*.nn') },
    },
  );
  await client.start();
}

export const deactivate = () => client?.stop();
