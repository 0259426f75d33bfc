import { createHash } from 'node:crypto';
import { draftHash } from '../../src/domain/policy/draft-hash';
import type { PolicyCommand, PublishPolicyVersion } from '../../src/domain/policy/policy.commands';
import { policyDecider } from '../../src/domain/policy/policy.decider';
import type { ContentRef, PolicyEvent, PolicyKind } from '../../src/domain/policy/policy.events';
import type { Policy, PolicyState, VersionEntry } from '../../src/domain/policy/policy.state';
import type { ProcessingStatement, Purpose } from '../../src/domain/policy/processing-statement';
import { rootsAt } from '../../src/domain/policy/roots';
import { findVersion, versionInForce } from '../../src/domain/policy/version-in-force';
import { type Instant, parseInstant } from '../../src/domain/time';

/** Policies told as stories: who did what at which day, with the decider as the only judge. */

export const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
export const decider = policyDecider(sha256);

/** A day of 2024 (or another year) at noon UTC: "03-01" or "2019-05-01", or a full instant. */
export function day(text: string): Instant {
  if (text.includes('T')) return parseInstant(text);
  return parseInstant(`${text.length === 5 ? `2024-${text}` : text}T12:00:00.000Z`);
}

export function content(text: string, locale = 'nb'): ContentRef {
  return { locale, format: 'PLAIN_TEXT', sha256: sha256(text), bytes: text.length };
}

export const newsletter: Purpose = {
  key: 'newsletter',
  titles: [{ locale: 'nb', text: 'Nyhetsbrev' }],
  optional: true,
  bases: [{ subjectCategory: 'customer', legalBasis: 'CONSENT' }],
  dataCategories: ['e-mail address'],
  sources: [],
  recipients: [],
  processors: [],
  retention: 'Until withdrawn',
  transfers: [],
};

export const account: Purpose = {
  ...newsletter,
  key: 'account',
  titles: [{ locale: 'nb', text: 'Konto' }],
  optional: false,
  bases: [{ subjectCategory: 'customer', legalBasis: 'CONTRACT' }],
  retention: 'Twelve months after the subscription ends',
};

export const statement: ProcessingStatement = {
  controller: { name: 'Fjordlys AS', number: '923609016', role: 'controller', address: 'Strandgata 1, Bergen' },
  controllerIsCustomer: false,
  processors: [],
  contact: 'personvern@fjordlys.example',
  purposes: [newsletter, account],
  rights: ['ACCESS', 'RECTIFICATION', 'ERASURE', 'RESTRICTION', 'PORTABILITY', 'WITHDRAW_CONSENT'],
  complaintAuthority: 'Datatilsynet',
};

/** The statement with one purpose's fields replaced. */
export function withPurpose(key: string, change: Partial<Purpose>, base = statement): ProcessingStatement {
  return {
    ...base,
    purposes: base.purposes.map((purpose) => (purpose.key === key ? { ...purpose, ...change } : purpose)),
  };
}

export const withoutPurpose = (key: string, base = statement): ProcessingStatement => ({
  ...base,
  purposes: base.purposes.filter((purpose) => purpose.key !== key),
});

export const rules = { timeZone: 'Europe/Oslo', approvalRequired: false, noticeLeadDays: 14 };

/** Everything a publication needs besides what a story says about it. */
export function publication(
  more: Partial<PublishPolicyVersion> & { versionId: string; at: Instant },
): PublishPolicyVersion {
  return {
    type: 'PublishPolicyVersion',
    actor: 'publisher',
    expectedRevision: 0,
    label: more.versionId,
    reasons: [],
    summaries: [],
    renewalPurposes: [],
    blocking: false,
    graceDays: 0,
    rules,
    flags: [],
    changedWords: 0,
    ...more,
  };
}

type Publishing = Partial<PublishPolicyVersion> & { text?: string; statement?: ProcessingStatement };

/** One policy with its events so far. Every step goes through the decider. */
export class PolicyStory {
  readonly events: PolicyEvent[] = [];
  #state: PolicyState = decider.initialState;

  constructor(
    at: Instant = day('2024-01-01'),
    kind: PolicyKind = 'PRIVACY_NOTICE',
    ids = { policyId: 'policy', organisationId: 'organisation', slug: 'privacy' },
  ) {
    this.do({
      type: 'CreatePolicy',
      actor: 'editor',
      at,
      ...ids,
      kind,
      title: { locale: 'nb', text: 'Personvern' },
    });
  }

  get policy(): Policy {
    if (this.#state.status === 'absent') throw new Error('The story has no policy.');
    return this.#state;
  }

  get hash(): string {
    return draftHash(this.policy.draft, sha256);
  }

  do(command: PolicyCommand): this {
    const events = decider.decide(command, this.#state);
    this.events.push(...events);
    this.#state = events.reduce(decider.evolve, this.#state);
    return this;
  }

  edit(text: string, at: Instant, actor = 'editor', locale = 'nb'): this {
    const expectedRevision = this.policy.draft.revision;
    return this.do({ type: 'EditDraftText', actor, at, expectedRevision, content: content(text, locale) });
  }

  setStatement(to: ProcessingStatement, at: Instant, actor = 'editor'): this {
    const expectedRevision = this.policy.draft.revision;
    return this.do({ type: 'SetDraftStatement', actor, at, expectedRevision, statement: to });
  }

  approve(at: Instant, actor = 'approver'): this {
    const expectedRevision = this.policy.draft.revision;
    return this.do({ type: 'ApproveDraft', actor, at, expectedRevision, draftHash: this.hash });
  }

  /** Edits text and statement as told, then publishes; the first version says so by itself. */
  publish(versionId: string, at: Instant, more: Publishing = {}): this {
    const { text = `The text of ${versionId}`, statement: to = statement, ...command } = more;
    this.edit(text, at).setStatement(to, at);
    const first = this.policy.timeline.every((entry) => entry.kind === 'retirement');
    const reasons = first ? (['FIRST_VERSION'] as const) : (['WORDING'] as const);
    const expectedRevision = this.policy.draft.revision;
    return this.do(publication({ reasons, expectedRevision, ...command, versionId, at }));
  }

  withdraw(versionId: string, at: Instant, from?: Instant): this {
    const more = from ? { from } : {};
    return this.do({
      type: 'WithdrawVersion',
      actor: 'publisher',
      at,
      versionId,
      reason: 'mistake',
      voidsDecisions: false,
      ...more,
    });
  }

  retire(at: Instant, withdrawScheduled = false): this {
    const retirementId = `retired at ${at}`;
    return this.do({ type: 'RetirePolicy', actor: 'publisher', at, retirementId, reason: 'gone', withdrawScheduled });
  }

  import(
    versionId: string,
    effectiveFrom: Instant,
    at: Instant,
    to?: ProcessingStatement,
    renewalPurposes: readonly string[] = [],
  ): this {
    return this.do({
      type: 'ImportPolicyVersion',
      actor: 'importer',
      at,
      versionId,
      label: versionId,
      effectiveFrom,
      timeZone: 'Europe/Oslo',
      content: content(`The text of ${versionId}`),
      ...(to && { statement: to }),
      reasons: [],
      summaries: [],
      renewalPurposes,
      flags: [],
    });
  }

  /** Id of the version in force, or the code that says why there is none. */
  inForce(at: Instant, registeredAt?: Instant): string {
    const found = versionInForce(this.policy, at, registeredAt);
    return found.code === 'VERSION_IN_FORCE' ? found.version.id : found.code;
  }

  version(id: string): VersionEntry {
    const version = findVersion(this.policy, id);
    if (!version) throw new Error(`The story has no version ${id}.`);
    return version;
  }

  consentRoot(id: string, purpose = 'newsletter', at: Instant = day('2099-01-01')): string | undefined {
    return rootsAt(this.version(id), at)?.consent[purpose];
  }
}
