import { createHash } from 'node:crypto';
import { type EvidenceWork, MarkOutdated } from '../evidence-generators';
import type { AuditedPolicy, AuditFile } from './audit-source';
import type { AuditedPerson } from './audited-person';

/** How one format writes an audit: what stands above and below the people, and how those of one turn are written. */
export interface AuditFormat {
  readonly head: Uint8Array;
  readonly foot: Uint8Array;
  write(turn: AuditTurn): Uint8Array;
}

/** Some people of one policy. */
export interface AuditTurn {
  readonly policy: AuditedPolicy;
  readonly people: readonly AuditedPerson[];
  /** How many stand in the file before them. */
  readonly before: number;
}

/** Where the next turn begins. */
interface Place {
  readonly policy: number;
  readonly after: number | null;
  readonly done: number;
}

const START: Place = { policy: 0, after: null, done: 0 };

/**
 * Writes an audit turn by turn, and marks each: a file of a million people goes on after a restart where it stopped. A
 * mark holds a hash of the head and of the first people; if they would be written in another way by now, the file is
 * begun anew.
 */
export async function* inTurns(file: AuditFile, work: EvidenceWork, format: AuditFormat): AsyncGenerator<Uint8Array> {
  const { mark, resumed } = work;
  const { place, fingerprint } = resumed === undefined ? { place: START, fingerprint: undefined } : readMark(resumed);
  const beginning = await fingerprintOf(file, format);
  if (fingerprint !== undefined && fingerprint !== beginning)
    throw new MarkOutdated('It would be written otherwise now.');
  if (place === START) yield format.head;
  work.rows(place.done, file.total);
  for await (const { turn, next } of turnsFrom(file, place)) {
    if (turn.people.length > 0) yield format.write(turn);
    work.rows(next.done, file.total);
    mark?.(JSON.stringify({ place: next, fingerprint: beginning }));
  }
  yield format.foot;
}

async function* turnsFrom(
  file: AuditFile,
  from: Place,
): AsyncGenerator<{ readonly turn: AuditTurn; readonly next: Place }> {
  let { done } = from;
  for (const [index, policy] of file.policies.entries()) {
    if (index < from.policy) continue;
    let after = index === from.policy ? (from.after ?? undefined) : undefined;
    do {
      const { people, next } = await file.people(policy, after);
      const turn = { policy, people, before: done };
      done += people.length;
      after = next;
      yield {
        turn,
        next: next === undefined ? { policy: index + 1, after: null, done } : { policy: index, after: next, done },
      };
    } while (after !== undefined);
  }
}

async function fingerprintOf(file: AuditFile, format: AuditFormat): Promise<string> {
  const hash = createHash('sha256').update(format.head).update(format.foot);
  for await (const { turn } of turnsFrom(file, START)) {
    if (turn.people.length === 0) continue;
    hash.update(format.write(turn));
    break;
  }
  return hash.digest('hex');
}

/** @throws MarkOutdated */
function readMark(text: string): { readonly place: Place; readonly fingerprint: string } {
  const { place, fingerprint }: Partial<{ place: Place; fingerprint: string }> = JSON.parse(text);
  if (place === undefined || typeof fingerprint !== 'string') throw new MarkOutdated('The mark is of another release.');
  return { place, fingerprint };
}
