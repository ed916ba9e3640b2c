import * as vscode from 'vscode';
import type { ConversationPanels } from '../conversation/panels';
import { relativeTime } from '../shared/format';
import { type SessionMetadata, type StoreLocation, storeId } from '../shared/session';
import { displayState, labelOf } from '../shared/sessionState';
import { visibleLine } from '../shared/visibleText';
import type { StoreNode, TreeNode } from '../tree/nodes';
import type { SessionsModel } from '../tree/sessionsModel';
import { sessionIcon, shortPath } from '../tree/treeItems';
import { commandOptions, rowNodes } from './arguments';
import { groupBy } from './groupBy';

/** A session that a command is about. */
export interface SessionTarget {
  readonly store: StoreLocation;
  readonly key: string;
  readonly label: string;
  /** As the tree has it; `undefined` for a conversation whose store is not in the tree. */
  readonly metadata: SessionMetadata | undefined;
}

/** Keys of one store. */
export interface StoreKeys {
  readonly store: StoreLocation;
  readonly keys: readonly string[];
}

export function byStore(targets: readonly SessionTarget[]): StoreKeys[] {
  const groups = groupBy(targets, ({ store }) => storeId(store));
  return [...groups.values()].flatMap((group) =>
    group[0] ? [{ store: group[0].store, keys: group.map(({ key }) => key) }] : [],
  );
}

/** What a question for sessions or stores says and offers. */
export interface Wanted {
  readonly title: string;
  readonly fits?: (session: SessionMetadata, store: StoreLocation) => boolean;
  /** Said where none fits. */
  readonly none?: string;
}

/**
 * What a command is about: the rows that it was called on, else the selected ones, else the session of the conversation in
 * front, else what the user picks.
 */
export class Targets {
  constructor(
    private readonly model: SessionsModel,
    private readonly selection: () => readonly TreeNode[],
    private readonly panels: ConversationPanels,
    private readonly stuckAfterSeconds: () => number,
  ) {}

  /** Rows that a command was called on, else the selected ones. */
  rows(args: readonly unknown[]): readonly TreeNode[] {
    const called = rowNodes(args);
    return called.length > 0 ? called : this.selection();
  }

  async sessions(args: readonly unknown[], wanted: Wanted): Promise<readonly SessionTarget[]> {
    return this.given(args) ?? (await this.pick(wanted, true));
  }

  async session(args: readonly unknown[], wanted: Wanted): Promise<SessionTarget | undefined> {
    return (this.given(args) ?? (await this.pick(wanted, false)))[0];
  }

  private given(args: readonly unknown[]): readonly SessionTarget[] | undefined {
    const sessions = this.rows(args).flatMap((node) =>
      node.kind === 'session' ? [target(node.store.found.location, node.metadata)] : [],
    );
    if (sessions.length > 0 || commandOptions(args).selectedOnly) return sessions;
    const front = this.panels.all.find(({ panel }) => panel.active)?.session;
    if (!front) return undefined;
    const metadata = this.model.storeById(storeId(front.store))?.sessions?.get(front.key)?.metadata;
    return [{ ...front, metadata }];
  }

  private async pick({ title, fits, none }: Wanted, many: boolean): Promise<readonly SessionTarget[]> {
    await this.model.getRoots();
    const nothing = new vscode.CancellationTokenSource();
    const picks = this.allSessions().then((lists) => {
      const found = lists.flatMap((list) => this.picksOf(list, fits));
      if (found.length > 0) return found;
      nothing.cancel();
      void vscode.window.showInformationMessage(none ?? 'There is no session here that this can be done to.');
      return [];
    });
    const placeHolder = many ? 'Choose sessions' : 'Choose a session';
    const options = { title, placeHolder, matchOnDescription: true };
    const chosen = many
      ? await vscode.window.showQuickPick(picks, { ...options, canPickMany: true }, nothing.token)
      : await vscode.window.showQuickPick(picks, options, nothing.token);
    nothing.dispose();
    if (!chosen) return [];
    return (Array.isArray(chosen) ? chosen : [chosen]).flatMap(({ session }) => session ?? []);
  }

  /** Store by store. */
  private allSessions(): Promise<SessionTarget[][]> {
    return Promise.all(
      this.model.stores.map(async (store) => {
        await this.model.getSessions(store);
        await store.complete;
        return store.order.map(({ metadata }) => target(store.found.location, metadata));
      }),
    );
  }

  /** The sessions of one store, below its name. */
  private picksOf(sessions: readonly SessionTarget[], fits: Wanted['fits']): SessionPick[] {
    const fitting = sessions.filter(({ store, metadata }) => !fits || !metadata || fits(metadata, store));
    const [first] = fitting;
    if (!first) return [];
    const now = Date.now();
    const heading = { label: shortPath(first.store.path), kind: vscode.QuickPickItemKind.Separator };
    return [heading, ...fitting.map((session) => pickOf(session, now, this.stuckAfterSeconds()))];
  }

  /** The stores of the rows that fit, else the only one there is, else one that the user picks or all. */
  async stores(
    args: readonly unknown[],
    { title, fits }: { title: string; fits: (store: StoreLocation) => boolean },
  ): Promise<readonly StoreLocation[]> {
    const rows = this.rows(args).flatMap((node): StoreNode[] =>
      node.kind === 'store' ? [node] : node.kind === 'session' ? [node.store] : [],
    );
    const fitting = rows.filter(({ found }) => fits(found.location));
    const given = new Map(fitting.map(({ found }) => [storeId(found.location), found.location]));
    if (given.size > 0) return [...given.values()];
    await this.model.getRoots();
    const all = this.model.stores.map(({ found }) => found.location).filter(fits);
    if (all.length <= 1) {
      if (all.length === 0)
        void vscode.window.showInformationMessage('There is no store here that this can be done to.');
      return all;
    }
    const picks = all.map((store) => ({
      label: shortPath(store.path),
      iconPath: new vscode.ThemeIcon(store.kind === 'sqlite' ? 'database' : 'files'),
      stores: [store],
    }));
    const everything = { label: 'All of them', iconPath: new vscode.ThemeIcon('checklist'), stores: all };
    const chosen = await vscode.window.showQuickPick([...picks, everything], { title, placeHolder: 'Choose a store' });
    return chosen?.stores ?? [];
  }
}

function target(store: StoreLocation, metadata: SessionMetadata): SessionTarget {
  return { store, key: metadata.key, label: labelOf(metadata), metadata };
}

interface SessionPick extends vscode.QuickPickItem {
  readonly session?: SessionTarget;
}

/** With the icon and the words of its row in the tree. */
function pickOf(session: SessionTarget, now: number, stuckAfterSeconds: number): SessionPick {
  const { label, key, metadata } = session;
  const time = Date.parse(metadata?.lastActivity ?? '');
  const state = metadata && displayState(metadata, now, stuckAfterSeconds);
  return {
    label: visibleLine(label),
    description: [
      state === 'running' || state === 'stuck' ? state : '',
      label === key ? '' : visibleLine(key),
      Number.isNaN(time) ? '' : relativeTime(time, now),
    ]
      .filter(Boolean)
      .join(' · '),
    iconPath: metadata && state ? sessionIcon(metadata, state) : new vscode.ThemeIcon('comment-discussion'),
    session,
  };
}
