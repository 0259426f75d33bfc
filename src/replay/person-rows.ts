import type { PolicyFacts } from '../domain/policy/policy-facts';
import { acceptanceState } from '../domain/subject/acceptance-state';
import { consentStates } from '../domain/subject/consent-state';
import { noticeStates } from '../domain/subject/notice-state';
import { obligations } from '../domain/subject/obligations';
import type { PersonFacts } from '../domain/subject/person-facts';
import type { Instant } from '../domain/time';
import type { SubjectRow } from '../read-models/people';
import type { Moment, ReadModels } from '../read-models/read-models';
import type { PolicyRows } from './policy-rows';
import type { ReplayFile } from './replay-file';

/** What a file says of who somebody is. */
export type WhoItIs =
  | { readonly state: 'KNOWN'; readonly externalId: string }
  /** NONE: an anonymous person. ERASED: forgotten since. LEFT_OUT: not asked for. */
  | { readonly state: 'NONE' | 'ERASED' | 'LEFT_OUT' };

/** Writes a person and where they stand on every policy that has to do with them, as the API answers it. */
export function personRows(readModels: ReadModels, policies: PolicyRows, file: ReplayFile) {
  function states(n: number, person: PersonFacts, policy: PolicyFacts, at: Instant): void {
    const number = policies.policy(policy.policyId);
    for (const [index, state] of consentStates(person, policy, at).entries()) {
      const { purpose, status, valid, legalBasis, text, decidedAt, expiresAt, reason } = state;
      file.insert('consent', {
        person: n,
        policy: number,
        place: index + 1,
        purpose,
        status,
        valid,
        legal_basis: legalBasis,
        version: text && policies.version(text.versionId),
        locale: text?.locale,
        content_sha256: text?.contentSha256,
        decided_at: decidedAt,
        expires_at: expiresAt,
        reason: reason.code,
      });
    }
    for (const [index, { versionId, step, channel, at: since, reason }] of noticeStates(person, policy, at).entries()) {
      const version = policies.version(versionId);
      const row = { person: n, policy: number, place: index + 1, version, step, channel };
      file.insert('notice', { ...row, at: since, reason: reason.code });
    }
    if (policy.kind === 'TERMS') {
      const { versionId, accepted, current, at: since, refusedAt, reason } = acceptanceState(person, policy, at);
      const version = versionId === undefined ? undefined : policies.version(versionId);
      const row = { person: n, policy: number, version, accepted, is_current: current, at: since };
      file.insert('acceptance', { ...row, refused_at: refusedAt, reason: reason.code });
    }
  }

  function demands(n: number, items: ReturnType<typeof obligations>['items'], at: Instant): void {
    for (const [index, item] of items.entries()) {
      file.insert('obligation', {
        person: n,
        place: index + 1,
        kind: item.kind,
        policy: policies.policy(item.policyId),
        version: policies.version(item.versionId),
        asked_by: policies.version(item.rootVersionId),
        purposes: JSON.stringify(item.purposes),
        since: item.since,
        deadline: item.deadline,
        blocking: item.blocking,
        overdue: item.deadline <= at,
        upcoming: item.upcoming,
        reason: item.reason.code,
      });
    }
  }

  return (row: SubjectRow, who: WhoItIs, moment: Moment): void => {
    const { n, id } = row;
    const at = moment.effectiveAt;
    const held = row.hold?.until;
    const person = readModels.personFacts(id, moment);
    const profile = readModels.profileOf(id, moment);
    if (!person || !profile) throw new Error('A person has no registration.');
    const factsOf = (policy: string): readonly PolicyFacts[] => {
      const facts = readModels.policyFacts(policy, moment);
      return facts ? [facts] : [];
    };
    const mayConcern = readModels.policiesThatMayConcern(id, moment);
    const touched = [person, ...person.linked].flatMap((each) => each.policiesTouched(at));
    const asked = obligations(person, mayConcern.flatMap(factsOf), at);
    file.insert('person', {
      number: n,
      id,
      organisation: policies.organisation(row.organisation),
      anonymous: row.anonymous,
      linked_to: row.linkedTo,
      registered_at: row.registeredAt,
      categories: JSON.stringify(profile.categories),
      customer: profile.customerId === undefined ? undefined : policies.organisation(profile.customerId),
      exempt: profile.exempt,
      erasure_requested_at: row.erasureRequestedAt,
      erased_at: row.erasedAt,
      restricted_until: held !== undefined && held > at ? held : undefined,
      blocked: asked.blocked,
      unchanged_until: asked.unchangedUntil,
      external_id: who.state === 'KNOWN' ? who.externalId : undefined,
      external_id_state: who.state,
    });
    for (const policy of new Set([...mayConcern, ...touched])) {
      for (const facts of factsOf(policy)) states(n, person, facts, at);
    }
    demands(n, asked.items, at);
  };
}
