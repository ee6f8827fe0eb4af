/** `nnc lsp`: the language server for editors, on stdin and stdout. */
import type { CommandDefinition } from '../terminal/command.ts';
import { printFile } from '../terminal/output.ts';

export const lsp: CommandDefinition = {
  name: 'lsp',
  summary: 'answer an editor, by the language server protocol on stdin and stdout',
  examples: ['nnc lsp --grammar > nn.tmLanguage.json'],
  define: (command) =>
    command
      .option('--stdio', 'what editors say to a server of this kind; it speaks in no other way', false)
      .option('--grammar', 'print the grammar that editors colour words by (TextMate), and end', false)
      .action(async ({ grammar }: { readonly grammar: boolean }) => {
        if (grammar) printFile((await import('../views/textmate.ts')).textMateText());
        else await answer();
      }),
};

/** Until the editor says `exit`, or is gone. */
async function answer(): Promise<void> {
  const { createConnection, StreamMessageReader, StreamMessageWriter } = await import(
    'vscode-languageserver/node'
  );
  const { serve } = await import('../language-server/server.ts');
  const reader = new StreamMessageReader(process.stdin);
  serve(createConnection(reader, new StreamMessageWriter(process.stdout)));
  await new Promise<void>((resolve) => {
    reader.onClose(resolve);
  });
}
