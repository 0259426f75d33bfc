import type { Application, RequestContext } from '../../application/application';
import { acceptTerms, giveConsent, withdrawConsent } from '../../application/decisions';
import { recordNotice } from '../../application/notices';
import { policyOf } from '../../application/policies';
import { registerSubject } from '../../application/subjects';
import type { VersionEntry } from '../../domain/policy/policy.state';
import { type Instant, parseInstant } from '../../domain/time';
import type { Position } from '../../event-store/event-store';

/** What the demonstration's product calls its users; all are invented. */
export const ANNA = 'anna';
export const BJORN = 'bjorn';

interface DemoPolicies {
  readonly organisationId: string;
  readonly privacy: string;
  readonly terms: string;
}

/**
 * Two users with a past: Anna said yes to the newsletter in 2022, took it back in 2023 and has everything of now still
 * before her; Bjørn said yes to the version of 2023 and has read and accepted what there is.
 */
export async function fillDemoPeople(
  app: Application,
  service: RequestContext,
  { organisationId, privacy, terms }: DemoPolicies,
): Promise<Position> {
  const anna = await register(app, service, organisationId, ANNA, '2021-08-20T09:30:00+02:00');
  const bjorn = await register(app, service, organisationId, BJORN, '2023-11-20T14:00:00+01:00');
  const early = await textOf(app, privacy, 'Versjon 1');
  await giveConsent(app, service, {
    ...decisionOn(anna, early, '2022-02-01T10:15:00+01:00'),
    purposes: ['newsletter'],
  });
  await withdrawConsent(app, service, {
    subjectId: anna,
    policyId: privacy,
    purposes: ['newsletter'],
    occurredAt: at('2023-03-10T18:40:00+01:00'),
  });
  const later = await textOf(app, privacy, 'Versjon 2. rev. 10');
  await giveConsent(app, service, {
    ...decisionOn(bjorn, later, '2023-12-01T08:05:00+01:00'),
    purposes: ['newsletter'],
  });
  const { decidedBy: _, method, ...shown } = decisionOn(bjorn, later, '2023-12-01T08:05:00+01:00');
  await recordNotice(app, service, { ...shown, method, step: 'ACKNOWLEDGED' });
  const { occurredAt: __, ...now } = decisionOn(bjorn, await textOf(app, terms, '1.0'), '2023-12-01T08:05:00+01:00');
  return (await acceptTerms(app, service, now)).position;
}

async function register(
  app: Application,
  service: RequestContext,
  organisationId: string,
  externalId: string,
  registeredAt: string,
): Promise<string> {
  const person = { organisationId, externalId, categories: ['customer'], registeredAt: at(registeredAt) };
  return (await registerSubject(app, service, person)).id;
}

interface DemoText {
  readonly policyId: string;
  readonly versionId: string;
  readonly locale: string;
  readonly contentSha256: string;
}

/** The text of a version that Norwegian users were shown. */
async function textOf(app: Application, policyId: string, label: string): Promise<DemoText> {
  const { timeline } = await policyOf(app, policyId);
  const version = timeline.find((entry): entry is VersionEntry => entry.kind === 'version' && entry.label === label);
  const content = version?.contents.find(({ locale }) => locale === 'nb');
  if (!version || !content) throw new Error(`The demonstration has no text of ${label}.`);
  return { policyId, versionId: version.id, locale: content.locale, contentSha256: content.sha256 };
}

function decisionOn(subjectId: string, text: DemoText, occurredAt: string) {
  const how = { method: 'CLICKED_BUTTON', channel: 'APP', decidedBy: 'PERSON' } as const;
  return { subjectId, ...text, ...how, occurredAt: at(occurredAt) };
}

function at(instant: string): Instant {
  return parseInstant(instant);
}
