import * as vscode from 'vscode';
import { onOneLine, withPastedLines } from './pastedLines';

const PASTE: vscode.QuickInputButton = {
  iconPath: new vscode.ThemeIcon('clippy'),
  tooltip: 'Paste, with All Lines',
};

/**
 * Asks for a text that may have several lines. The box has one line only: what was pasted into it gets its line ends back
 * in the end. `undefined`: the user left. `empty` is said of a text without words.
 */
export async function askText(title: string, prompt: string, empty: string): Promise<string | undefined> {
  const box = vscode.window.createInputBox();
  Object.assign(box, { title, prompt, buttons: [PASTE], ignoreFocusOut: true });
  let clipboard = '';
  const paste = async (): Promise<void> => {
    clipboard = await vscode.env.clipboard.readText();
    box.value += onOneLine(clipboard);
  };
  try {
    return await new Promise<string | undefined>((resolve) => {
      box.onDidTriggerButton(() => void paste());
      box.onDidChangeValue(() => {
        box.validationMessage = undefined;
      });
      box.onDidAccept(async () => {
        if (box.value.trim() === '') {
          box.validationMessage = empty;
          return;
        }
        // A browser asks for leave before a page may read the clipboard: there only the button does.
        if (vscode.env.uiKind === vscode.UIKind.Desktop) clipboard = await vscode.env.clipboard.readText();
        resolve(withPastedLines(box.value, clipboard));
      });
      box.onDidHide(() => resolve(undefined));
      box.show();
    });
  } finally {
    box.dispose();
  }
}
