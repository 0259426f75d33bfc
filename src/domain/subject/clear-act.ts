import type { PersonFact } from './fact-entries';
import type { Method } from './subject.events';
import { methodNotAClearAct } from './subject.refusals';

/** Using on, scrolling, saying nothing and leaving a ticked box show that something was seen, and no more (rule C1). */
const NO_ACT: ReadonlySet<Method> = new Set(['CONTINUED_USE', 'SCROLL', 'SILENCE', 'PRE_TICKED']);

/** Closing the dialog puts it off (rule C5). */
const DEFERRING: Method = 'DISMISSAL';

/** @throws Refusal METHOD_NOT_A_CLEAR_ACT where the method cannot show such a fact (rules C1, C5) */
export function assertClearAct(fact: PersonFact['type'], method: Method | undefined): void {
  if (method === undefined || fact === 'NoticeNotified' || fact === 'NoticeShown') return;
  if (NO_ACT.has(method)) throw methodNotAClearAct();
  if (method === DEFERRING && fact !== 'ConsentDeferred' && fact !== 'NoticeDeferred') throw methodNotAClearAct();
}
