import { evidenceDecider, type PrepareEvidence } from '../domain/evidence/evidence.decider';
import type { EvidenceEvent, EvidencePrepared } from '../domain/evidence/evidence.events';
import { decodeEvent } from '../domain/stored-events';
import { subjectErased } from '../domain/subject/subject.refusals';
import { isErased } from '../domain/subject/subject.state';
import type { Position, StoredEvent } from '../event-store/event-store';
import type { Aggregate } from './aggregate';
import type { Application, RequestContext } from './application';
import { type CommandIdentity, identifyCommand, identityUnder } from './command-ids';
import { handleCommand } from './handle-command';
import { personOf } from './persons';
import { evidenceStream, madeBy } from './stream-names';

/** What a file is to be made of. */
export type EvidenceOrder = Omit<EvidencePrepared['data'], 'evidenceId' | 'requestedAt' | 'position'> & {
  readonly position: Position;
};

/** An order as the log has it. */
export type Evidence = EvidenceOrder & Pick<EvidencePrepared['data'], 'evidenceId' | 'requestedAt'>;

const evidences = {
  decider: evidenceDecider,
  stream: evidenceStream,
  read: (event: StoredEvent) => decodeEvent(event.type, event.metadata.schemaVersion, event.data) as EvidenceEvent,
} satisfies Aggregate<unknown, never, EvidenceEvent>;

/**
 * Records that a file is being prepared: who asked for it, of what, and as of when. The same command again is the same
 * file, as of the instant that it was first asked for.
 *
 * @param asked the whole input as it was sent, which a repetition must equal (rule I1)
 * @param admit may refuse an order that is new
 * @throws Refusal NotFound
 */
export async function prepareEvidence(
  app: Application,
  request: RequestContext,
  order: EvidenceOrder,
  asked: unknown,
  admit: () => Promise<void>,
): Promise<{ readonly evidence: Evidence; readonly position: Position }> {
  const { organisationId } = order;
  const { identity, afterErasure } = await identityOf(app, request, order, asked);
  const evidenceId = madeBy(identity.commandId, 'evidence');
  const { position } = await handleCommand(
    app,
    evidences,
    evidenceId,
    { organisationId, request },
    {
      identity,
      command: async (): Promise<PrepareEvidence> => {
        await admit();
        return {
          type: 'PrepareEvidence',
          data: { ...order, ...(afterErasure && { afterErasure }), evidenceId, requestedAt: app.now() },
        };
      },
    },
  );
  const evidence = await evidenceOf(app, evidenceId);
  if (!evidence) throw new Error('A file was ordered, and the log does not hold it.');
  return { evidence, position };
}

/** The order with this id; undefined: there is none. */
export async function evidenceOf(app: Application, evidenceId: string): Promise<Evidence | undefined> {
  if (!UUID.test(evidenceId)) return undefined;
  for await (const stored of app.store.readStream(evidenceStream(evidenceId), { limit: 1 })) {
    // Such a stream may tell of a replay, of which no file is kept here.
    if (stored.type !== ('EvidencePrepared' satisfies EvidencePrepared['type'])) return undefined;
    const { data } = evidences.read(stored);
    return { ...data, position: data.position as Position };
  }
  return undefined;
}

/** Where the order itself stands in the log; undefined: there is none. */
export async function placeOfOrder(app: Application, evidenceId: string): Promise<Position | undefined> {
  for await (const { position } of app.store.readStream(evidenceStream(evidenceId), { limit: 1 })) return position;
  return undefined;
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * What is about a person stands under the person's key, as all their commands do (rule I2). Of one who is erased only a
 * bundle may be had: it proves what is kept, and holds nothing of theirs.
 */
async function identityOf(
  app: Application,
  request: RequestContext,
  { organisationId, kind, subjectId, policyId }: EvidenceOrder,
  input: unknown,
): Promise<{ readonly identity: CommandIdentity; readonly afterErasure?: true }> {
  const operation = 'evidencePrepare';
  const underOrganisation = (target: string) => identifyCommand(app, request, organisationId, operation, target, input);
  if (subjectId === undefined) return { identity: await underOrganisation(policyId ?? organisationId) };
  const key = isErased(await personOf(app, subjectId)) ? undefined : await app.vault.subjectKey(subjectId);
  if (key)
    return {
      identity: identityUnder(key.commandKey, request, { organisationId, operation, target: subjectId, input }),
    };
  if (kind !== 'BUNDLE') throw subjectErased();
  return { identity: await underOrganisation(subjectId), afterErasure: true };
}
