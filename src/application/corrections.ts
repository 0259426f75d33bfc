import { factAt } from '../domain/subject/fact-entries';
import type { CorrectFact } from '../domain/subject/subject.commands';
import type { Application, RequestContext, Written } from './application';
import { commandPerson, policyFor } from './persons';
import { assertReason } from './written-reasons';

/** `corrects` is the original fact's place in the person's stream; `reason` in clear, sealed before it is recorded. */
export type Correction = Omit<CorrectFact, 'type' | 'at' | 'on'> & { readonly subjectId: string };

/**
 * Puts a corrected fact in the place of one that was recorded wrongly, or nothing; both stay visible by when they were
 * recorded (rules D6, R2, GDPR Art. 16).
 *
 * @throws Refusal NotFound
 */
export async function correctFact(app: Application, request: RequestContext, input: Correction): Promise<Written> {
  const { subjectId, reason, ...correction } = input;
  assertReason(reason);
  const asked = { subjectId, operation: 'factCorrect', input };
  const { position } = await commandPerson(app, request, asked, async (person, seal) => {
    const policyId = factAt(person.facts, correction.corrects)?.fact.policyId;
    return {
      ...correction,
      type: 'CorrectFact',
      at: app.now(),
      reason: seal('FactCorrected', 'reason', reason),
      on: policyId === undefined ? undefined : await policyFor(app, person, policyId),
    };
  });
  return { id: subjectId, position };
}
