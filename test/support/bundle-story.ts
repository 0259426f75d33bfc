import { acceptTerms, giveConsent, refuseConsent, withdrawConsent } from '../../src/application/decisions';
import { recordNotice } from '../../src/application/notices';
import { restrictProcessing } from '../../src/application/processing-rights';
import { linkSubject } from '../../src/application/subject-links';
import { registerSubject } from '../../src/application/subjects';
import { addMs, type Instant } from '../../src/domain/time';
import type { BundleOffice } from './bundle-office';
import { byClick, type ShownVersion } from './people-office';

export interface BundleStory {
  readonly kari: string;
  /** An anonymous person who turned out to be Kari. */
  readonly visitor: string;
  readonly privacy: ShownVersion;
  readonly terms: ShownVersion;
  /** Kari had said yes, and not yet withdrawn it. */
  readonly whileGiven: Instant;
  readonly withdrawnAt: Instant;
}

export const REASON = 'Feil opplysninger om Ålesund';
const DAY_MS = 86_400_000;

/** A person who read, agreed, was linked, restricted and withdrew, among other people and policies. */
export async function tellStory(office: BundleOffice): Promise<BundleStory> {
  const { app } = office;
  const later = () => {
    office.clock.now = addMs(office.clock.now, DAY_MS);
  };
  const service = () => office.request('service');
  const newsletter = { purposes: ['newsletter'], ...byClick };
  const privacy = await office.publish('personvern', { label: 'Versjon 2. rev. 10' });
  const terms = await office.publish('vilkar', { kind: 'TERMS' });
  await office.publish('kapsler', { kind: 'COOKIE_NOTICE' });
  const other = await office.register({ externalId: 'per' });
  const visitor = (
    await registerSubject(app, await service(), { organisationId: office.organisationId, categories: ['customer'] })
  ).id;
  const kari = await office.register({ externalId: 'kari.nordmann@example.org' });
  await refuseConsent(app, await service(), { subjectId: visitor, ...privacy, ...newsletter });
  await giveConsent(app, await service(), { subjectId: other, ...privacy, ...newsletter });
  later();
  await recordNotice(app, await service(), { subjectId: kari, ...privacy, channel: 'APP', step: 'SHOWN' });
  await giveConsent(app, await service(), { subjectId: kari, ...privacy, ...newsletter });
  await acceptTerms(app, await service(), { subjectId: kari, ...terms, ...byClick });
  await linkSubject(app, await service(), { anonymousId: visitor, accountId: kari });
  later();
  const whileGiven = office.clock.now;
  const restricted = { subjectId: kari, policyId: privacy.policyId, purposes: ['account'], reason: REASON };
  await restrictProcessing(app, await service(), restricted);
  later();
  const withdrawnAt = office.clock.now;
  await withdrawConsent(app, await service(), {
    subjectId: kari,
    policyId: privacy.policyId,
    purposes: ['newsletter'],
  });
  await withdrawConsent(app, await service(), {
    subjectId: other,
    policyId: privacy.policyId,
    purposes: ['newsletter'],
  });
  later();
  return { kari, visitor, privacy, terms, whileGiven, withdrawnAt };
}
