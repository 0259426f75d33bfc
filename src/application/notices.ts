import type { DeferNotice, RecordNotice } from '../domain/subject/subject.commands';
import type { Application, RequestContext } from './application';
import { type FactWritten, factWritten } from './late-warnings';
import { commandPerson, policyFor } from './persons';

/** What a fact about a version names, whoever the person is. */
export type OnVersionOf<Command> = Omit<Command, 'type' | 'at' | 'policy' | 'zone' | 'ownToken' | 'imported'> & {
  readonly subjectId: string;
  readonly policyId: string;
};

export type NoticeRecord = OnVersionOf<RecordNotice>;
export type NoticeDeferral = OnVersionOf<DeferNotice>;

/**
 * Records that a person was told of a version, was shown it or acknowledged it (rules C1, C2, O3). Told once on a
 * channel is told: again it records nothing.
 *
 * @throws Refusal NotFound
 */
export async function recordNotice(
  app: Application,
  request: RequestContext,
  input: NoticeRecord,
): Promise<FactWritten> {
  const { subjectId, policyId, ...notice } = input;
  const asked = { subjectId, operation: 'noticeRecord', input };
  const handled = await commandPerson(app, request, asked, async (person) => ({
    type: 'RecordNotice',
    ...notice,
    ...sent(app, request),
    ...(await policyFor(app, person, policyId, notice.versionId)),
  }));
  return factWritten(app, subjectId, handled, input.occurredAt);
}

/** Records that the person put it off; it stays to be done (rule C5). @throws Refusal NotFound */
export async function deferNotice(
  app: Application,
  request: RequestContext,
  input: NoticeDeferral,
): Promise<FactWritten> {
  const { subjectId, policyId, ...deferral } = input;
  const asked = { subjectId, operation: 'noticeDefer', input };
  const handled = await commandPerson(app, request, asked, async (person) => ({
    type: 'DeferNotice',
    ...deferral,
    ...sent(app, request),
    ...(await policyFor(app, person, policyId, deferral.versionId)),
  }));
  return factWritten(app, subjectId, handled, input.occurredAt);
}

/** When a fact was sent, and whether with the person's own token. */
export function sent(app: Application, { ownToken }: RequestContext) {
  return { at: app.now(), ...(ownToken && { ownToken }) };
}
