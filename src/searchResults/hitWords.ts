import { relativeTime } from '../shared/format';
import type { SearchHit } from '../shared/search/answer';
import { visibleLine } from '../shared/visibleText';

/** The icons of the page. */
const ROLE_ICONS: ReadonlyMap<string, string> = new Map([
  ['user', 'account'],
  ['assistant', 'sparkle'],
  ['tool', 'tools'],
  ['system', 'gear'],
]);

/** Codicon of a hit: what was found, else who said it. */
export function hitIcon(hit: SearchHit): string {
  if (hit.kind === 'session') return 'comment-discussion';
  if (hit.kind === 'unreadable') return 'warning';
  switch (hit.part) {
    case 'thinking':
      return 'lightbulb';
    case 'tool':
    case 'arguments':
    case 'result':
      return 'tools';
    default:
      return ROLE_ICONS.get(hit.role) ?? 'comment';
  }
}

/** Who said it, or what part of a message it is: "user", "thinking", "result of shell". */
export function partWords(hit: SearchHit): string {
  if (hit.kind === 'session') return 'session name';
  if (hit.kind === 'unreadable') return visibleLine(`unreadable ${hit.place}`);
  const tool = hit.tool === undefined ? undefined : visibleLine(hit.tool);
  switch (hit.part) {
    case 'thinking':
      return 'thinking';
    case 'tool':
      return 'tool call';
    case 'arguments':
      return tool ? `${tool} call` : 'tool call';
    case 'result':
      return tool ? `${tool} result` : 'tool result';
    case 'attachment':
      return `${visibleLine(hit.role)}, attachment`;
    default:
      return visibleLine(hit.role) || 'no role';
  }
}

/** "3 h ago", of the message; `undefined` where the store keeps no times. */
export function hitTime(hit: SearchHit, now: number): string | undefined {
  if (hit.kind !== 'message') return undefined;
  return activityWords(hit.createdAt, now);
}

export function activityWords(text: string | null, now: number): string | undefined {
  const time = Date.parse(text ?? '');
  return Number.isNaN(time) ? undefined : relativeTime(time, now);
}
