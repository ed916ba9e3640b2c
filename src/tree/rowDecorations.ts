import * as vscode from 'vscode';
import { plural } from '../shared/format';

/** Scheme of the addresses by which the badge and the colour of a row are found. */
const SCHEME = 'agent-session-row';

/** What a row says beside its words. All of it is in its address, so that drawing it needs no look-up. */
export type RowMark =
  | { readonly severity: 'error' | 'warning' | 'info'; readonly problems: number }
  | { readonly hits: number }
  | 'dimmed';

/** A badge has room for two characters; more is "9+", as VS Code counts problems. */
const MOST_COUNTED = 99;
/** Labels longer than this leave no room for the words behind them in a narrow view. */
const LONG_LABEL = 20;

/** A badge with the count of hits, where the label leaves no room for it. */
export function hitsUri(id: string, label: string, hits: number): vscode.Uri | undefined {
  return label.length > LONG_LABEL ? rowUri(id, { hits }) : undefined;
}

export function rowUri(id: string, mark: RowMark): vscode.Uri {
  const query = mark === 'dimmed' ? mark : 'hits' in mark ? `hits=${mark.hits}` : `${mark.severity}=${mark.problems}`;
  return vscode.Uri.from({ scheme: SCHEME, path: `/${encodeURIComponent(id)}`, query });
}

/** The badges of rows with problems and with hits, and the dimmed colour of what does not hold any more. */
export class RowDecorations implements vscode.FileDecorationProvider {
  provideFileDecoration(uri: vscode.Uri): vscode.FileDecoration | undefined {
    if (uri.scheme !== SCHEME) return undefined;
    if (uri.query === 'dimmed') {
      return new vscode.FileDecoration(undefined, undefined, new vscode.ThemeColor('disabledForeground'));
    }
    const [severity, count] = uri.query.split('=');
    if (severity === 'hits') {
      return new vscode.FileDecoration(Number(count) > MOST_COUNTED ? '9+' : count, plural(Number(count), 'hit'));
    }
    const words = plural(Number(count), 'problem');
    if (severity === 'info') return new vscode.FileDecoration('i', words);
    const color = severity === 'error' ? 'list.errorForeground' : 'list.warningForeground';
    return new vscode.FileDecoration('!', words, new vscode.ThemeColor(color));
  }
}
