import { POLICY_KINDS, TEXT_FORMATS } from '../domain/policy/policy.events';
import { LEGAL_BASES } from '../domain/policy/processing-statement';
import { CONSENT_STATUSES } from '../domain/subject/consent-state';
import { OBLIGATION_KINDS } from '../domain/subject/demands';
import { NOTICE_STEPS } from '../domain/subject/notice-state';
import { CHANNELS } from '../domain/subject/subject.events';

/** How a value is written; `or NULL` after it where it may be missing. */
type Written = 'text' | 'integer' | '0 or 1' | 'instant' | 'date' | 'JSON' | 'bytes';
export type ReplayType = Written | `${Written} or NULL`;

/** A column: the expression over the tables, how its values are written, and what they mean. */
export type ReplayColumn = readonly [expression: string, type: ReplayType, meaning: string];

export interface ReplayView {
  readonly meaning: string;
  /** What the view selects from; absent: it is a table of this name itself. */
  readonly from?: string;
  readonly columns: Readonly<Record<string, ReplayColumn>>;
}

const oneOf = (words: readonly string[]) => `One of ${words.join(', ')}.`;

const OF_PERSON = {
  subject_id: ['person.id', 'text', 'The person, by the random id that events know them by.'],
} as const satisfies Record<string, ReplayColumn>;
const HANDLE = `policy_owner.slug || '/' || policy.slug`;
const OF_POLICY = {
  policy_id: ['policy.id', 'text', 'The policy.'],
  policy: [HANDLE, 'text', 'Its handle: organisation slug / policy slug.'],
} as const satisfies Record<string, ReplayColumn>;
const REASON = {
  reason: ['reason.code', 'text', 'Why it is so: a code that the view `reasons` tells in words (rule C6).'],
  rule: ['reason.rule', 'text', 'Name of the rule that decided.'],
} as const satisfies Record<string, ReplayColumn>;
const joinPolicy = (of: string) =>
  `JOIN policy ON policy.number = ${of}.policy JOIN organisation AS policy_owner ON policy_owner.number = policy.organisation`;
const joinPerson = (of: string) => `JOIN person ON person.number = ${of}.person`;
const joinReason = (of: string) => `JOIN reason ON reason.code = ${of}.reason`;

const STAMPS: Readonly<Record<string, ReplayView>> = {
  stamp: {
    meaning: 'One row: which log was folded, up to where, and by what.',
    columns: {
      log_id: ['', 'text', 'Identity of the log. Positions are places in this log alone (rule N1).'],
      position: ['', 'text', 'The last event that was folded. `asOf: {position}` of the API repeats every answer.'],
      effective_at: ['', 'instant', 'What was true then; of several organisations the latest, each has its own.'],
      effective_on: ['', 'date or NULL', 'The day that was asked for, if one was.'],
      recorded_at: ['', 'instant', 'Only what had been recorded by then is known.'],
      settled: ['', '0 or 1', '0: the log could still grow at recorded_at; only the position repeats this file (S4).'],
      rules: ['', 'text', 'Version of the rules that states were computed by (rule S6).'],
      events: ['', 'integer', 'So many events of the log were folded.'],
      organisation: ['', 'text or NULL', 'Slug of the one organisation that was asked for; NULL: all.'],
      personal_values: ['', '0 or 1', '1: external ids, names of actors and written reasons are in the file.'],
      made_at: ['', 'instant', 'When the file was made.'],
      software_version: ['', 'text', 'The release of Samtykke that made it.'],
    },
  },
  documentation: {
    meaning: 'A row for each view and each of its columns: this text.',
    columns: {
      view_name: ['', 'text', 'The view, or table, that is told of.'],
      column_name: ['', 'text or NULL', 'The column; NULL: the view itself.'],
      type: [
        '',
        'text',
        'How values are written; instants are ISO 8601 in UTC with milliseconds, text order is time order.',
      ],
      meaning: ['', 'text', 'What it means.'],
    },
  },
  reasons: {
    meaning: 'The words of every reason code.',
    from: 'reason',
    columns: {
      reason: ['reason.code', 'text', 'The code.'],
      rule: ['reason.rule', 'text', 'Name of the rule that decides.'],
      sentence_nb: ['reason.nb', 'text', 'What it says, in Norwegian.'],
      sentence_en: ['reason.en', 'text', 'What it says, in English.'],
    },
  },
};

const POLICIES: Readonly<Record<string, ReplayView>> = {
  organisations: {
    meaning: 'Companies, as known at the position.',
    from: 'organisation LEFT JOIN organisation AS processor ON processor.number = organisation.customer_of',
    columns: {
      organisation_id: ['organisation.id', 'text', 'The organisation.'],
      slug: ['organisation.slug', 'text', 'Its name in handles.'],
      name: ['organisation.name', 'text', 'Its name.'],
      number: ['organisation.organisation_number', 'text or NULL', 'Norwegian organisation number.'],
      foreign_id: ['organisation.foreign_id', 'text or NULL', "Identifier in another country's register."],
      customer_of: ['processor.slug', 'text or NULL', 'Slug of the processor whose customer it is.'],
      time_zone: ['organisation.time_zone', 'text', 'The zone in which its civil dates are days.'],
      default_locale: ['organisation.default_locale', 'text', 'The locale of its titles here.'],
      effective_at: [
        'organisation.effective_at',
        'instant',
        'Rows of its policies and people tell what was true then.',
      ],
    },
  },
  policies: {
    meaning: 'Documents, with what was in force for the general public.',
    from: `policy JOIN organisation AS policy_owner ON policy_owner.number = policy.organisation
      LEFT JOIN version ON version.number = policy.in_force_version JOIN reason ON reason.code = policy.in_force_reason`,
    columns: {
      ...OF_POLICY,
      organisation: ['policy_owner.slug', 'text', 'Slug of the organisation it is of.'],
      kind: ['policy.kind', 'text', oneOf(POLICY_KINDS)],
      title: ['policy.title', 'text', "The title that stood then, in the organisation's default locale if it has one."],
      source_path: ['policy.source_path', 'text or NULL', 'The file it was imported from, if it was.'],
      published: ['policy.published', '0 or 1', '1: some version had been published or imported.'],
      version_id: [
        'version.id',
        'text or NULL',
        'The version in force for whoever has no cohort date of their own (V1).',
      ],
      version_label: ['version.label', 'text or NULL', 'Its label.'],
      ...REASON,
    },
  },
  policy_titles: {
    meaning: 'Titles of policies in every locale, as they stood then.',
    from: `title ${joinPolicy('title')}`,
    columns: {
      ...OF_POLICY,
      locale: ['title.locale', 'text', 'BCP 47.'],
      title: ['title.title', 'text', 'The title.'],
    },
  },
  versions: {
    meaning: 'Versions that had been published then, and others that somebody decided on.',
    from: `version ${joinPolicy('version')}`,
    columns: {
      version_id: ['version.id', 'text', 'The version.'],
      ...OF_POLICY,
      sequence: ['version.sequence', 'integer', 'Order of recording, from 1; never the order of effect.'],
      label: ['version.label', 'text', 'As the organisation calls it.'],
      listed: ['version.listed', '0 or 1', '0: an import that was taken out again, or not published then.'],
      status: [
        'version.status',
        'text or NULL',
        'SCHEDULED, IN_FORCE, SUPERSEDED, WITHDRAWN or RETIRED, for new people.',
      ],
      effective_from: ['version.effective_from', 'instant', 'From this instant on it is in force.'],
      effective_on: ['version.effective_on', 'date or NULL', 'The civil date it was given as, if it was.'],
      effective_from_for_existing: [
        'version.effective_from_for_existing',
        'instant or NULL',
        'The cohort date: for people who registered before it was published, where that differs.',
      ],
      effective_on_for_existing: ['version.effective_on_for_existing', 'date or NULL', 'The same as a civil date.'],
      published_at: ['version.published_at', 'instant', 'Of an import: its effective_from.'],
      recorded_at: ['version.recorded_at', 'instant', "The log's clock when it was recorded."],
      published_by: [
        'version.published_by',
        'text or NULL',
        'Name of who published or imported it; only with personal values.',
      ],
      imported: ['version.imported', '0 or 1', '1: an old text that was imported.'],
      withdrawn_from: ['version.withdrawn_from', 'instant or NULL', 'From this instant on it is withdrawn.'],
      text_only: ['version.statement IS NULL', '0 or 1', '1: it has no processing statement.'],
      audience: ['version.audience', 'JSON', 'List of the categories of people addressed; empty: everyone.'],
      change_reasons: ['version.change_reasons', 'JSON', 'List of what it changes against the version before (V10).'],
      change_summaries: ['version.change_summaries', 'JSON', 'List of {locale, text}.'],
      compared: ['version.compared', '0 or 1', '0: one of the sides had no statement to compare.'],
      notice_duty: ['version.notice_duty', 'text', 'NONE, ACTIVE or ACTIVE_IN_ADVANCE.'],
      notice_lead_days: ['version.notice_lead_days', 'integer', 'So many days in advance people must be told.'],
      renewal_purposes: [
        'version.renewal_purposes',
        'JSON',
        'List of the purposes for which everybody is asked again.',
      ],
      blocking: ['version.blocking', '0 or 1', '1: what is overdue from this version blocks.'],
      grace_days: ['version.grace_days', 'integer', 'Days from the beginning of an obligation to its deadline.'],
      statement: ['version.statement', 'JSON or NULL', 'The processing statement, whole.'],
    },
  },
  purposes: {
    meaning: 'The purposes that the statement of each version names, in their order.',
    from: `version ${joinPolicy('version')} JOIN json_each(version.statement, '$.purposes') AS purpose`,
    columns: {
      version_id: ['version.id', 'text', 'The version.'],
      ...OF_POLICY,
      place: ['purpose.key + 1', 'integer', 'Place in the statement, from 1.'],
      purpose: [`json_extract(purpose.value, '$.key')`, 'text', 'Key of the purpose.'],
      titles: [`json_extract(purpose.value, '$.titles')`, 'JSON', 'List of {locale, text}.'],
      optional: [`json_extract(purpose.value, '$.optional')`, '0 or 1', '1: refusing it blocks nothing.'],
      bases: [
        `json_extract(purpose.value, '$.bases')`,
        'JSON',
        'List of {subjectCategory, legalBasis, legitimateInterest}.',
      ],
      data_categories: [`json_extract(purpose.value, '$.dataCategories')`, 'JSON', 'List of categories of data.'],
      recipients: [`json_extract(purpose.value, '$.recipients')`, 'JSON', 'List of recipients; empty: there are none.'],
      transfers: [
        `json_extract(purpose.value, '$.transfers')`,
        'JSON',
        'List of third countries with their safeguards.',
      ],
      retention: [`json_extract(purpose.value, '$.retention')`, 'text', 'How long data is kept, or what decides it.'],
    },
  },
  texts: {
    meaning: 'The text of each version in each locale that it had then, byte for byte (rules C4, X1).',
    from: `text JOIN version ON version.number = text.version ${joinPolicy('version')}
      JOIN content ON content.number = text.content`,
    columns: {
      version_id: ['version.id', 'text', 'The version.'],
      ...OF_POLICY,
      version_label: ['version.label', 'text', 'Its label.'],
      place: ['text.place', 'integer', 'Order of publication, from 1: locales may be added later.'],
      locale: ['text.locale', 'text', 'BCP 47.'],
      format: ['text.format', 'text', oneOf(TEXT_FORMATS)],
      sha256: ['content.sha256', 'text', 'SHA-256 of the bytes, in lower-case hex.'],
      bytes: ['content.bytes', 'integer', 'How many bytes.'],
      text: ['coalesce(content.decoded, CAST(content.body AS TEXT))', 'text', 'The bytes decoded.'],
      body: ['content.body', 'bytes', 'The bytes as they were received.'],
    },
  },
};

const PEOPLE: Readonly<Record<string, ReplayView>> = {
  people: {
    meaning: 'People by random ids, those erased by then included (rule T5), as known at the position.',
    from: `person JOIN organisation ON organisation.number = person.organisation
      LEFT JOIN organisation AS customer ON customer.number = person.customer`,
    columns: {
      ...OF_PERSON,
      organisation: ['organisation.slug', 'text', 'Slug of the organisation that registered them.'],
      external_id: [
        'person.external_id',
        'text or NULL',
        "The product's own id of the person; only with personal values.",
      ],
      external_id_state: [
        'person.external_id_state',
        'text',
        'KNOWN, NONE (anonymous), ERASED (forgotten since), or LEFT_OUT (without personal values).',
      ],
      anonymous: ['person.anonymous', '0 or 1', '1: registered without an external id.'],
      linked_to: ['person.linked_to', 'text or NULL', 'The account that an anonymous person turned out to be (D7).'],
      registered_at: ['person.registered_at', 'instant', 'What cohort dates compare.'],
      categories: ['person.categories', 'JSON', 'List of the categories they were in then (D5).'],
      customer: ['customer.slug', 'text or NULL', 'Slug of the customer they belonged to then.'],
      exempt: ['person.exempt', '0 or 1', '1: a service account, of which nothing is asked.'],
      erasure_requested_at: [
        'person.erasure_requested_at',
        'instant or NULL',
        'Of a request that was not answered yet.',
      ],
      erased: ['person.erased_at IS NOT NULL', '0 or 1', '1: erased by the position.'],
      erased_at: ['person.erased_at', 'instant or NULL', 'When.'],
      restricted_until: [
        'person.restricted_until',
        'instant or NULL',
        'Until when a legal hold lasted that has an end.',
      ],
      blocked: ['person.blocked', '0 or 1', '1: something blocking is overdue.'],
      unchanged_until: [
        'person.unchanged_until',
        'instant or NULL',
        'Before this the clock alone changes no obligation.',
      ],
    },
  },
  consents: {
    meaning: 'Where each person stood on each purpose of the policies that have to do with them, and why.',
    from: `consent ${joinPerson('consent')} ${joinPolicy('consent')} ${joinReason('consent')}
      LEFT JOIN version ON version.number = consent.version`,
    columns: {
      ...OF_PERSON,
      ...OF_POLICY,
      place: ['consent.place', 'integer', 'Order within person and policy, from 1.'],
      purpose: ['consent.purpose', 'text', 'Key of the purpose.'],
      status: ['consent.status', 'text', oneOf(CONSENT_STATUSES)],
      valid: ['consent.valid', '0 or 1', '1: the purpose might be processed for this person then.'],
      legal_basis: ['consent.legal_basis', 'text or NULL', `${oneOf(LEGAL_BASES)} NULL: none names the person.`],
      version_id: ['version.id', 'text or NULL', 'The version that was decided on.'],
      version_label: ['version.label', 'text or NULL', 'Its label.'],
      locale: ['consent.locale', 'text or NULL', 'Of the text that was in front of the person.'],
      content_sha256: ['consent.content_sha256', 'text or NULL', 'Of that text.'],
      decided_at: ['consent.decided_at', 'instant or NULL', 'From when the decision counts.'],
      expires_at: ['consent.expires_at', 'instant or NULL', 'From then on a yes counts no more.'],
      ...REASON,
    },
  },
  notices: {
    meaning: 'How far each person had been told of the version in force for them, and of others they were told of.',
    from: `notice ${joinPerson('notice')} ${joinPolicy('notice')} ${joinReason('notice')}
      JOIN version ON version.number = notice.version`,
    columns: {
      ...OF_PERSON,
      ...OF_POLICY,
      place: ['notice.place', 'integer', 'Order within person and policy, the latest version first.'],
      version_id: ['version.id', 'text', 'The version.'],
      version_label: ['version.label', 'text', 'Its label.'],
      step: ['notice.step', 'text', oneOf(NOTICE_STEPS)],
      channel: ['notice.channel', 'text or NULL', oneOf(CHANNELS)],
      at: ['notice.at', 'instant or NULL', 'From when the step counts.'],
      ...REASON,
    },
  },
  acceptances: {
    meaning: 'Whether each person had agreed to terms. Not consent (rule C3).',
    from: `acceptance ${joinPerson('acceptance')} ${joinPolicy('acceptance')} ${joinReason('acceptance')}
      LEFT JOIN version ON version.number = acceptance.version`,
    columns: {
      ...OF_PERSON,
      ...OF_POLICY,
      version_id: ['version.id', 'text or NULL', 'The version that was accepted or refused last.'],
      version_label: ['version.label', 'text or NULL', 'Its label.'],
      accepted: ['acceptance.accepted', '0 or 1', '1: accepted.'],
      is_current: ['acceptance.is_current', '0 or 1', '1: it counts for the version in force.'],
      at: ['acceptance.at', 'instant or NULL', 'When it was accepted.'],
      refused_at: ['acceptance.refused_at', 'instant or NULL', 'When it was refused.'],
      ...REASON,
    },
  },
  obligations: {
    meaning: 'What each person must still do (rules O1, O2); blocking ones first, then by deadline.',
    from: `obligation ${joinPerson('obligation')} ${joinPolicy('obligation')} ${joinReason('obligation')}
      JOIN version ON version.number = obligation.version JOIN version AS asking ON asking.number = obligation.asked_by`,
    columns: {
      ...OF_PERSON,
      place: ['obligation.place', 'integer', 'Order within the person, from 1.'],
      kind: ['obligation.kind', 'text', oneOf(OBLIGATION_KINDS)],
      ...OF_POLICY,
      version_id: ['version.id', 'text', 'The version to act on.'],
      version_label: ['version.label', 'text', 'Its label.'],
      asked_by_version_id: ['asking.id', 'text', 'The version that asked for it first; later ones say the same (V6).'],
      purposes: ['obligation.purposes', 'JSON', 'List of the purposes to decide on.'],
      since: ['obligation.since', 'instant', 'Lies ahead for a version still to come.'],
      deadline: ['obligation.deadline', 'instant', 'Overdue from this instant on.'],
      blocking: ['obligation.blocking', '0 or 1', '1: blocks once it is overdue.'],
      overdue: ['obligation.overdue', '0 or 1', '1: the deadline had passed.'],
      upcoming: ['obligation.upcoming', '0 or 1', '1: its version comes into force only later.'],
      ...REASON,
    },
  },
  counts: {
    meaning: 'Each policy in counts, over the people whom it concerned (rule O1), as `audit` of the API has them.',
    from: `tally ${joinPolicy('tally')} LEFT JOIN version ON version.number = tally.version`,
    columns: {
      ...OF_POLICY,
      place: ['tally.place', 'integer', 'Order within the policy, from 1.'],
      about: [
        'tally.about',
        'text',
        'SUBJECTS, IN_BREACH (something blocking is overdue), NOTICE, ACCEPTANCE or CONSENT.',
      ],
      version_id: ['version.id', 'text or NULL', 'Of NOTICE and ACCEPTANCE: the version.'],
      version_label: ['version.label', 'text or NULL', 'Its label.'],
      step: ['tally.step', 'text or NULL', `Of NOTICE: ${oneOf(NOTICE_STEPS)}`],
      purpose: ['tally.purpose', 'text or NULL', 'Of CONSENT: key of the purpose.'],
      status: ['tally.status', 'text or NULL', 'Of CONSENT: the status, as in `consents`.'],
      subjects: ['tally.subjects', 'integer', 'How many people.'],
      valid: ['tally.valid', 'integer or NULL', 'Of CONSENT: for how many of them the purpose might be processed.'],
    },
  },
  written_reasons: {
    meaning: 'What people, or somebody about them, wrote with a fact; empty without personal values.',
    from: `written_reason ${joinPerson('written_reason')}`,
    columns: {
      ...OF_PERSON,
      place: ['written_reason.place', 'integer', "Place of the fact among the person's own, from 1."],
      fact: ['written_reason.fact', 'text', 'Type of the fact.'],
      occurred_at: ['written_reason.occurred_at', 'instant', 'When it happened.'],
      recorded_at: ['written_reason.recorded_at', 'instant', 'When it was recorded.'],
      reason: ['written_reason.reason', 'text or NULL', 'What was written.'],
      erased: ['written_reason.erased', '0 or 1', '1: the person was erased since, and what was written with them.'],
    },
  },
};

/** What a replay file shows, in the order in which its documentation tells it. */
export const REPLAY_VIEWS: Readonly<Record<string, ReplayView>> = { ...STAMPS, ...POLICIES, ...PEOPLE };

/** A row of `documentation` for each view and column. */
export interface DocumentedView {
  readonly view: string;
  readonly column: string | undefined;
  readonly type: string;
  readonly meaning: string;
}

export function replayDocumentation(): readonly DocumentedView[] {
  return Object.entries(REPLAY_VIEWS).flatMap(([view, { from, meaning, columns }]) => [
    { view, column: undefined, type: from === undefined ? 'table' : 'view', meaning },
    ...Object.entries(columns).map(([column, [, type, told]]) => ({ view, column, type, meaning: told })),
  ]);
}
