import * as path from 'node:path';
import { storeLabel } from '../backend/storeLabel';
import type { ConversationHeader } from '../shared/conversationProtocol';
import { type SessionMetadata, type StoreLocation, storeId } from '../shared/session';
import { channelOf, displayState, labelOf } from '../shared/sessionState';

function filePath(location: StoreLocation, session: SessionMetadata): string {
  if (location.kind === 'sqlite') return location.path;
  return path.join(location.path, session.origin === 'live' ? `${session.key}.jsonl` : session.key);
}

/** What the page's header shows of a session. */
export function conversationHeader(
  location: StoreLocation,
  session: SessionMetadata,
  now: number,
  stuckAfterSeconds: number,
): ConversationHeader {
  const state = displayState(session, now, stuckAfterSeconds);
  return {
    storeId: storeId(location),
    storeKind: location.kind,
    storeLabel: storeLabel(location),
    path: filePath(location, session),
    key: session.key,
    origin: session.origin,
    label: labelOf(session),
    name: session.name,
    state: state === 'none' ? null : state === 'other' ? session.state : state,
    turnStartedAt: session.turnStartedAt,
    createdAt: session.createdAt,
    lastActivity: session.lastActivity,
    messageCount: session.messageCount ?? null,
    size: session.size,
    channel: channelOf(session),
    attributes: session.attributes,
    problems: session.problems,
  };
}
