import { random } from '../bench/corpus/jsonl';
import type { Instant } from './point';

/** So many points over all cases, in turn at a call and at a time. The same for the same seed. */
export function* instants(cases: number, points: number, seed: number): Generator<{ index: number; instant: Instant }> {
  const source = random(seed);
  for (let point = 0; point < points; point++) {
    const kind = Math.floor(point / cases) % 2 === 0 ? 'call' : 'time';
    yield { index: point % cases, instant: { kind, share: source.next() } };
  }
}
