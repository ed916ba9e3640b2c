import type { ConversationPanels } from '../conversation/panels';
import type { Target } from '../conversation/viewer';
import { labelOf } from '../shared/sessionState';
import type { SessionNode } from '../tree/nodes';
import { sessionNodes } from './arguments';
import type { Command } from './commandRegistry';

function target(node: SessionNode): Target {
  return { store: node.store.found.location, key: node.metadata.key, label: labelOf(node.metadata) };
}

/** A click on a session: opens it in the preview panel. Several selected ones get a panel each. */
export class OpenSession implements Command {
  readonly id = 'sessionInspector.openSession';
  constructor(private readonly panels: ConversationPanels) {}

  async execute(...args: unknown[]): Promise<void> {
    const nodes = sessionNodes(args);
    for (const node of nodes) await this.panels.open(target(node), { keep: nodes.length > 1 });
  }
}

export class OpenSessionToSide implements Command {
  readonly id = 'sessionInspector.openSessionToSide';
  constructor(
    private readonly panels: ConversationPanels,
    private readonly selection: () => readonly unknown[],
  ) {}

  async execute(...args: unknown[]): Promise<void> {
    // From the keyboard there is no row in the arguments.
    const nodes = sessionNodes(args.length > 0 ? args : this.selection());
    for (const node of nodes) await this.panels.open(target(node), { toSide: true });
  }
}

export class KeepOpen implements Command {
  readonly id = 'sessionInspector.keepOpen';
  constructor(private readonly panels: ConversationPanels) {}

  execute(): void {
    this.panels.keep();
  }
}
