import type { Placed } from './person-facts';
import { REASON_SENTENCES, type StateReasonCode } from './reason-sentences';
import type { Told } from './told';

/** Why a state is what it is (rule C6). */
export interface StateReason {
  readonly code: StateReasonCode;
  /** Name of the rule that decided. */
  readonly rule: string;
  /** The fact that decided, if one did. */
  readonly decidedBy: DecidingFact | undefined;
}

export interface DecidingFact {
  /** Whose stream it stands in: the person's own, or that of an anonymous person linked to them (rule D7). */
  readonly subjectId: string;
  /** Place in that stream, from 1; of a corrected fact the original's. */
  readonly order: number;
}

export function because(code: StateReasonCode, told?: Told<Placed>): StateReason {
  const decidedBy = told && { subjectId: told.subjectId, order: told.fact.order };
  return { code, rule: REASON_SENTENCES[code].rule, decidedBy };
}
