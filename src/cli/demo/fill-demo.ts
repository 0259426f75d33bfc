import { randomUUID } from 'node:crypto';
import { sha256Hex } from '../../application/aggregate';
import type { Application, RequestContext } from '../../application/application';
import { registerOrganisation } from '../../application/organisations';
import { createPolicy, policyOf, setPolicyTitle } from '../../application/policies';
import { approveDraft, editDraftText, setDraftStatement } from '../../application/policy-drafts';
import { importVersion, publishVersion, type VersionPublication } from '../../application/policy-versions';
import { createTemplate, editTemplate } from '../../application/templates';
import { draftHash } from '../../domain/policy/draft-hash';
import type { PolicyKind } from '../../domain/policy/policy.events';
import type { ProcessingStatement } from '../../domain/policy/processing-statement';
import { addLocalDays, localDateOf, parseLocalDate } from '../../domain/time';
import type { Position } from '../../event-store/event-store';
import { fillDemoPeople } from './demo-people';
import { STATEMENT_2021, STATEMENT_2023, STATEMENT_NEXT, TERMS_STATEMENT } from './demo-statements';
import * as texts from './demo-texts';

/** The organisations of the demonstration; both are invented. */
export const FJORDLYS = 'fjordlys';
export const HAVBRIS = 'havbris';
export const PRIVACY = `${FJORDLYS}/privacy`;

/** The people of the demonstration. Their tokens carry these names, so their drafts and approvals are theirs. */
export const EDITOR = 'Kari Nordmann';
export const APPROVER = 'Ola Hansen';
/** The product whose backend registers its users. */
export const SERVICE = 'Fjordlys web shop';

const ZONE = 'Europe/Oslo';
const LEAD_DAYS = 30;

/** Fills an empty log with two companies, a policy with a history since 2019, users, and a version that is yet to come. */
export async function fillDemo(app: Application, actorOf: (name: string) => Promise<string>): Promise<Position> {
  const editor = { actor: await actorOf(EDITOR), correlationId: randomUUID() };
  const approver = { actor: await actorOf(APPROVER), correlationId: randomUUID() };
  const fjordlys = await registerDemo(app, approver, FJORDLYS, 'Fjordlys AS', '923609016');
  const havbris = await registerDemo(app, approver, HAVBRIS, 'Havbris Regnskap AS', '974760673');
  const privacy = await fillPrivacy(app, editor, approver, fjordlys);
  const terms = await fillTerms(app, editor, approver, fjordlys);
  await fillTemplatePolicy(app, editor, fjordlys, havbris);
  const service = { actor: await actorOf(SERVICE), correlationId: randomUUID() };
  return fillDemoPeople(app, service, { organisationId: fjordlys, privacy, terms });
}

async function registerDemo(app: Application, request: RequestContext, slug: string, name: string, number: string) {
  const registration = { slug, name, number, timeZone: ZONE, defaultLocale: 'nb', approvalRequired: true };
  const { id } = await registerOrganisation(app, request, registration);
  return id;
}

async function fillPrivacy(
  app: Application,
  editor: RequestContext,
  approver: RequestContext,
  organisationId: string,
): Promise<string> {
  const creation = { organisationId, slug: 'privacy', kind: 'PRIVACY_NOTICE' as PolicyKind, title: 'Personvern' };
  const { id: policyId } = await createPolicy(app, editor, creation);
  await setPolicyTitle(app, editor, { policyId, title: { locale: 'en', text: 'Privacy' } });
  await importPast(app, approver, policyId, '2019-05-01', '1. mai 2019', texts.PRIVACY_2019);
  await importPast(app, approver, policyId, '2021-06-01', 'Versjon 1', texts.PRIVACY_2021, STATEMENT_2021);
  await importPast(app, approver, policyId, '2023-11-01', 'Versjon 2. rev. 10', texts.PRIVACY_2023, STATEMENT_2023);
  await writeDraft(app, editor, policyId, { nb: texts.PRIVACY_NOW, en: texts.PRIVACY_NOW_ENGLISH }, STATEMENT_2023);
  await publishDemo(app, approver, policyId, {
    label: 'Versjon 3',
    reasons: ['WORDING', 'TRANSLATION'],
    summaries: [
      { locale: 'nb', text: 'Klarere innledning, og teksten finnes nå på engelsk.' },
      { locale: 'en', text: 'A clearer introduction, and the text is now available in English.' },
    ],
  });
  await writeDraft(app, editor, policyId, { nb: texts.PRIVACY_NEXT, en: texts.PRIVACY_NEXT_ENGLISH }, STATEMENT_NEXT);
  await publishDemo(app, approver, policyId, {
    label: 'Versjon 4',
    effectiveOn: localDateOf(addLocalDays(app.now(), LEAD_DAYS, ZONE), ZONE),
    reasons: ['THIRD_COUNTRY_TRANSFER'],
    renewalPurposes: ['newsletter'],
    blocking: true,
    graceDays: 14,
    summaries: [
      { locale: 'nb', text: 'Adresselisten til nyhetsbrevet kopieres til Canada.' },
      { locale: 'en', text: 'The newsletter’s address list is copied to Canada.' },
    ],
  });
  return policyId;
}

async function fillTerms(
  app: Application,
  editor: RequestContext,
  approver: RequestContext,
  organisationId: string,
): Promise<string> {
  const creation = { organisationId, slug: 'terms', kind: 'TERMS' as PolicyKind, title: 'Vilkår' };
  const { id: policyId } = await createPolicy(app, editor, creation);
  await setPolicyTitle(app, editor, { policyId, title: { locale: 'en', text: 'Terms of use' } });
  await writeDraft(app, editor, policyId, { nb: texts.TERMS }, TERMS_STATEMENT);
  await publishDemo(app, approver, policyId, { label: '1.0', reasons: ['FIRST_VERSION'], blocking: true });
  return policyId;
}

/** A template of one company, taken over by another, which has not published it yet (rule P8). */
async function fillTemplatePolicy(
  app: Application,
  editor: RequestContext,
  owner: string,
  user: string,
): Promise<void> {
  const creation = {
    organisationId: owner,
    slug: 'accountants',
    kind: 'PRIVACY_NOTICE' as PolicyKind,
    sharedWith: [user],
  };
  const { id: templateId } = await createTemplate(app, editor, creation);
  const text = { locale: 'nb', format: 'MARKDOWN', text: texts.TEMPLATE } as const;
  await editTemplate(app, editor, { templateId, expectedRevision: 0, ...text });
  const variables = [
    { name: 'company', value: 'Havbris Regnskap AS' },
    { name: 'number', value: '974 760 673' },
    { name: 'contact', value: 'personvern@havbris.example' },
  ];
  const kind: PolicyKind = 'PRIVACY_NOTICE';
  const policy = { organisationId: user, slug: 'privacy', kind, title: 'Personvern', templateId, variables };
  const { id: policyId } = await createPolicy(app, editor, policy);
  await setPolicyTitle(app, editor, { policyId, title: { locale: 'en', text: 'Privacy' } });
}

async function importPast(
  app: Application,
  request: RequestContext,
  policyId: string,
  date: string,
  label: string,
  text: string,
  statement?: ProcessingStatement,
): Promise<void> {
  await importVersion(app, request, {
    policyId,
    label,
    effectiveOn: parseLocalDate(date),
    locale: 'nb',
    format: 'MARKDOWN',
    text,
    reasons: [],
    summaries: [],
    renewalPurposes: [],
    ...(statement && { statement }),
  });
}

async function writeDraft(
  app: Application,
  request: RequestContext,
  policyId: string,
  byLocale: Readonly<Record<string, string>>,
  statement: ProcessingStatement,
): Promise<void> {
  for (const [locale, text] of Object.entries(byLocale)) {
    const { draft } = await policyOf(app, policyId);
    const edit = { policyId, expectedRevision: draft.revision, locale, format: 'MARKDOWN', text } as const;
    await editDraftText(app, request, edit);
  }
  const { draft } = await policyOf(app, policyId);
  await setDraftStatement(app, request, { policyId, expectedRevision: draft.revision, statement });
}

async function publishDemo(
  app: Application,
  request: RequestContext,
  policyId: string,
  more: Pick<VersionPublication, 'label' | 'reasons'> & Partial<VersionPublication>,
): Promise<void> {
  const policy = await policyOf(app, policyId);
  const expectedRevision = policy.draft.revision;
  const hash = draftHash(policy.draft, sha256Hex);
  await approveDraft(app, request, { policyId, expectedRevision, draftHash: hash });
  const defaults = { summaries: [], renewalPurposes: [], blocking: false, graceDays: 0 };
  await publishVersion(app, request, { ...defaults, ...more, policyId, expectedRevision });
}
