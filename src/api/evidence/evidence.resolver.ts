import { Arg, Ctx, FieldResolver, ID, Mutation, Query, Resolver, Root } from 'type-graphql';
import { type Evidence, type EvidenceOrder, evidenceOf, prepareEvidence } from '../../application/evidence';
import { encodePosition } from '../../application/position-text';
import { Refusal } from '../../domain/refusal';
import { bundleOrderOf } from '../../evidence/bundle/bundle-order';
import type { EvidenceDesk } from '../../evidence/evidence-desk';
import { exportOrderOf } from '../../evidence/export-order';
import { requestOf, settle } from '../acting';
import { Access, anyOf, anyoneAuthenticated, asParent, membersOf, ownSubject } from '../auth/access';
import type { ApiContext } from '../context';
import { found, organisationsOf, visiblePolicy } from '../members';
import { organisationOf, targetOf } from '../people/person-target';
import { assertNotLinkedAway, readableSubject, readsOwn } from '../people/visible-subject';
import { openScope, type Scope, type Stamped, scopeAsOf } from '../scope';
import { AsOfStampView } from '../time/as-of-stamp.type';
import { EvidenceNode, EvidencePayload } from './evidence.type';
import { EvidencePrepareInput } from './evidence-prepare.input';

interface Prepare {
  readonly input: EvidencePrepareInput;
}

/** An officer of the organisation concerned; a copy of a person also that person. */
const mayPrepare = anyOf(
  ownSubject((_: unknown, { input }: Prepare, { caller }: ApiContext) => {
    if (input.kind !== 'SUBJECT_COPY' || caller.kind !== 'token') return undefined;
    return input.subject ?? caller.subject;
  }),
  membersOf(['officer'], (_: unknown, { input }: Prepare, context: ApiContext) => concernedBy(context, input)),
);

@Resolver(() => EvidenceNode)
export class EvidenceResolver {
  @Mutation(() => EvidencePayload, {
    description:
      'Has a file prepared in the background; ask `evidence` how far it is. By an officer; a SUBJECT_COPY also by the person.',
  })
  @Access(mayPrepare, 'not-found')
  async evidencePrepare(
    @Arg('input', () => EvidencePrepareInput) input: EvidencePrepareInput,
    @Ctx() context: ApiContext,
  ): Promise<EvidencePayload> {
    const { app } = context;
    const desk = deskOf(context);
    desk.assertOffered(input.kind, input.format);
    const order = await orderOf(context, input);
    const { idempotencyKey: _, ...asked } = input;
    const request = await requestOf(context, input);
    // In turn, so that many at once are counted one after the other.
    const prepared = await app.turns.run(`files of ${order.subjectId ?? order.organisationId}`, async () => {
      const recorded = await prepareEvidence(app, request, order, asked, () => desk.admit(order));
      await desk.order(recorded.evidence);
      return recorded;
    });
    const { scope, said } = await settle(context, prepared.position, order.organisationId);
    return { evidence: await evidenceNode(context, scope, prepared.evidence), ...said };
  }

  @Query(() => EvidenceNode, {
    nullable: true,
    description: 'For officers of the organisation; a copy of a person also for that person. Else null.',
  })
  @Access(anyoneAuthenticated)
  async evidence(@Arg('id', () => ID) id: string, @Ctx() context: ApiContext): Promise<EvidenceNode | null> {
    return findEvidence(context, await openScope(context), id);
  }

  @FieldResolver(() => String, {
    nullable: true,
    description: 'Signed, good for minutes and for whoever has it; relative to the address of the installation.',
  })
  @Access(asParent)
  async url(@Root() { evidence }: EvidenceNode, @Ctx() context: ApiContext): Promise<string | null> {
    return (await deskOf(context).linkTo(evidence)) ?? null;
  }
}

/** @throws Refusal EVIDENCE_KIND_NOT_AVAILABLE where files are not prepared at all */
function deskOf({ evidence }: ApiContext): EvidenceDesk {
  if (evidence) return evidence;
  throw new Refusal('EVIDENCE_KIND_NOT_AVAILABLE', 'This node prepares no files.', 'R1', { path: ['kind'] });
}

/** A file that the caller may fetch; null: there is none for them. */
export async function findEvidence(context: ApiContext, scope: Scope, id: string): Promise<EvidenceNode | null> {
  if (context.caller.kind === 'anonymous' || !context.evidence) return null;
  const evidence = await evidenceOf(context.app, id);
  return evidence && mayFetch(context, evidence) ? evidenceNode(context, scope, evidence) : null;
}

function mayFetch(context: ApiContext, { kind, organisationId, subjectId }: Evidence): boolean {
  if (kind === 'SUBJECT_COPY' && subjectId !== undefined && readsOwn(context, subjectId)) return true;
  return organisationsOf(context, ['officer']).includes(organisationId);
}

async function evidenceNode(context: ApiContext, scope: Scope, evidence: Evidence): Promise<EvidenceNode> {
  const { organisationId, effectiveAt, effectiveOn, position } = evidence;
  const asOf = { effectiveAt, position: encodePosition(context.app.logId, position) };
  const { stamp } = scopeAsOf(context, scope, organisationId, asOf);
  return new EvidenceNode(
    evidence,
    await deskOf(context).stateOf(evidence),
    new AsOfStampView({ ...stamp, effectiveOn }, context.app.logId),
  );
}

/** What is recorded of an order. @throws Refusal NOT_FOUND and those of asOf */
async function orderOf(context: ApiContext, input: EvidencePrepareInput): Promise<EvidenceOrder> {
  const { kind, format, policy, personalValues, asOf } = input;
  assertNamesOne(input);
  const organisationId = await concernedBy(context, input);
  if (input.organisation != null && input.organisation !== organisationId) throw targetContradictory('organisation');
  const scope = scopeAsOf(context, await openScope(context), organisationId, asOf);
  if (kind === 'BUNDLE') return bundleOrder(context, input, organisationId, scope);
  const { stamp } = scope;
  if (kind !== 'SUBJECT_COPY') {
    const asked = {
      kind,
      format,
      organisationId,
      policyId: policy ?? undefined,
      personalValues: personalValues ?? false,
    };
    return exportOrderOf(context.readModels, { ...asked, stamp, now: context.app.now() });
  }
  const { effectiveAt, effectiveOn, position } = stamp;
  return {
    organisationId,
    kind,
    format,
    subjectId: copiedSubject(context, targetOf(context, input), scope),
    effectiveAt,
    ...(effectiveOn && { effectiveOn }),
    position,
  };
}

/** @throws NOT_FOUND Refusal SUBJECT_LINKED */
function copiedSubject(context: ApiContext, subjectId: string, scope: Scope): string {
  assertNotLinkedAway(context, subjectId);
  return readableSubject(context, subjectId, scope).id;
}

function bundleOrder(
  context: ApiContext,
  { policy, subject, personalValues }: EvidencePrepareInput,
  organisationId: string,
  scope: Scope & Stamped,
): EvidenceOrder {
  const about =
    subject == null ? { policyId: policy ?? '' } : { subjectId: readableSubject(context, subject, scope).id };
  const { stamp } = scope;
  return bundleOrderOf(context.readModels, { organisationId, about, stamp, personalValues: personalValues ?? false });
}

/** A copy is of a person alone, a bundle of a person or a policy, a record of an organisation alone, every other kind of a policy or of an organisation. */
function assertNamesOne({ kind, organisation, policy, subject }: EvidencePrepareInput): void {
  const isOfPerson = kind === 'SUBJECT_COPY' || (kind === 'BUNDLE' && subject != null);
  const wrong = {
    subject: isOfPerson ? undefined : subject,
    policy: isOfPerson || kind === 'PROCESSING_RECORD' ? policy : undefined,
    organisation: isOfPerson || kind === 'BUNDLE' ? organisation : undefined,
  };
  if (kind === 'BUNDLE' && subject == null && policy == null) throw targetContradictory('policy');
  const [path] = Object.entries(wrong).flatMap(([name, value]) => (value == null ? [] : [name]));
  if (path !== undefined) throw targetContradictory(path);
}

const targetContradictory = (path: string) =>
  new Refusal(
    'EVIDENCE_TARGET_CONTRADICTORY',
    'A copy is of one person, a bundle of one person or policy, a record of one organisation, another file of a policy or an organisation.',
    'R1',
    { path: [path] },
  );

/** Whose officers may have it. @throws NOT_FOUND */
async function concernedBy(context: ApiContext, input: EvidencePrepareInput): Promise<string> {
  if (input.kind === 'SUBJECT_COPY') return organisationOf(context, targetOf(context, input));
  if (input.kind === 'BUNDLE' && input.subject != null) return organisationOf(context, input.subject);
  const { head } = await openScope(context);
  if (input.policy != null) return found(visiblePolicy(context, input.policy, head)).organisation;
  return found(input.organisation == null ? undefined : context.readModels.organisationById(input.organisation, head))
    .id;
}
