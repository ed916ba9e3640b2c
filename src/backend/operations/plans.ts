import type { OperationKind, OperationPlan, PlannedSession, SkippedSession } from '../../shared/operations';

interface PlanParts {
  readonly sessions: readonly PlannedSession[];
  readonly skipped?: readonly SkippedSession[];
  readonly warnings?: readonly string[];
  readonly notes?: readonly string[];
}

/** A plan with its sums. */
export function planOf(operation: OperationKind, parts: PlanParts): OperationPlan {
  const { sessions, skipped = [], warnings = [], notes = [] } = parts;
  return {
    operation,
    sessions,
    skipped,
    messages: sessions.reduce((sum, session) => sum + session.messages, 0),
    bytes: sessions.reduce((sum, session) => sum + session.bytes, 0),
    warnings,
    notes,
  };
}
