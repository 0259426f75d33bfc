/**
 * What a replay file is made of. People and analysts read the views (see `replay-views.ts`); the tables under them name
 * each other by whole numbers, which keeps a file of a million people small. No feature of SQL is used that SQLite lacked
 * in 2018, so that older tools open the file, too.
 */
export interface ReplayTable {
  /** Columns in their order, with SQL types and constraints. */
  readonly columns: Readonly<Record<string, string>>;
  /** Constraints of the whole table. */
  readonly constraints?: readonly string[];
  readonly withoutRowid?: true;
  /** Made once every row is written. */
  readonly indexes?: Readonly<Record<string, string>>;
}

/** Format of the file, its `user_version`: another number means that a view was renamed or took another meaning. */
export const REPLAY_FORMAT = 1;
/** "SAMP": tells our files from other people's. */
export const REPLAY_APPLICATION_ID = 0x53414d50;

const flag = (column: string) => `INTEGER NOT NULL CHECK (${column} IN (0, 1))`;
const KEY = 'INTEGER PRIMARY KEY';
const TEXT = 'TEXT NOT NULL';
const refers = (table: string) => `INTEGER REFERENCES ${table} (number)`;
const belongs = (table: string) => `INTEGER NOT NULL REFERENCES ${table} (number)`;
const REASON = 'TEXT NOT NULL REFERENCES reason (code)';

export const REPLAY_TABLES = {
  stamp: {
    columns: {
      log_id: TEXT,
      position: TEXT,
      effective_at: TEXT,
      effective_on: 'TEXT',
      recorded_at: TEXT,
      settled: flag('settled'),
      rules: TEXT,
      events: 'INTEGER NOT NULL',
      organisation: 'TEXT',
      personal_values: flag('personal_values'),
      made_at: TEXT,
      software_version: TEXT,
    },
  },
  documentation: {
    columns: { view_name: TEXT, column_name: 'TEXT', type: TEXT, meaning: TEXT },
  },
  reason: {
    columns: { code: 'TEXT NOT NULL PRIMARY KEY', rule: TEXT, nb: TEXT, en: TEXT },
    withoutRowid: true,
  },
  organisation: {
    columns: {
      number: KEY,
      id: TEXT,
      slug: TEXT,
      name: TEXT,
      organisation_number: 'TEXT',
      foreign_id: 'TEXT',
      customer_of: refers('organisation'),
      time_zone: TEXT,
      default_locale: TEXT,
      effective_at: TEXT,
    },
    indexes: { organisation_by_id: 'id', organisation_by_slug: 'slug' },
  },
  policy: {
    columns: {
      number: KEY,
      id: TEXT,
      organisation: belongs('organisation'),
      slug: TEXT,
      kind: TEXT,
      title: TEXT,
      source_path: 'TEXT',
      published: flag('published'),
      in_force_version: refers('version'),
      in_force_reason: REASON,
    },
    indexes: { policy_by_id: 'id', policy_by_organisation: 'organisation' },
  },
  title: {
    columns: { policy: belongs('policy'), locale: TEXT, title: TEXT },
    constraints: ['PRIMARY KEY (policy, locale)'],
    withoutRowid: true,
  },
  version: {
    columns: {
      number: KEY,
      id: TEXT,
      policy: belongs('policy'),
      sequence: 'INTEGER NOT NULL',
      label: TEXT,
      listed: flag('listed'),
      status: 'TEXT',
      effective_from: TEXT,
      effective_on: 'TEXT',
      effective_from_for_existing: 'TEXT',
      effective_on_for_existing: 'TEXT',
      published_at: TEXT,
      recorded_at: TEXT,
      published_by: 'TEXT',
      imported: flag('imported'),
      withdrawn_from: 'TEXT',
      audience: TEXT,
      change_reasons: TEXT,
      change_summaries: TEXT,
      compared: flag('compared'),
      notice_duty: TEXT,
      notice_lead_days: 'INTEGER NOT NULL',
      renewal_purposes: TEXT,
      blocking: flag('blocking'),
      grace_days: 'INTEGER NOT NULL',
      statement: 'TEXT',
    },
    indexes: { version_by_id: 'id', version_by_policy: 'policy, sequence' },
  },
  content: {
    columns: { number: KEY, sha256: TEXT, bytes: 'INTEGER NOT NULL', body: 'BLOB', decoded: 'TEXT' },
    indexes: { content_by_sha256: 'sha256' },
  },
  text: {
    columns: {
      version: belongs('version'),
      place: 'INTEGER NOT NULL',
      locale: TEXT,
      format: TEXT,
      content: belongs('content'),
    },
    constraints: ['PRIMARY KEY (version, locale)'],
    withoutRowid: true,
    indexes: { text_by_content: 'content' },
  },
  person: {
    columns: {
      number: KEY,
      id: TEXT,
      organisation: belongs('organisation'),
      anonymous: flag('anonymous'),
      linked_to: 'TEXT',
      registered_at: TEXT,
      categories: TEXT,
      customer: refers('organisation'),
      exempt: flag('exempt'),
      erasure_requested_at: 'TEXT',
      erased_at: 'TEXT',
      restricted_until: 'TEXT',
      blocked: flag('blocked'),
      unchanged_until: 'TEXT',
      external_id: 'TEXT',
      external_id_state: TEXT,
    },
    indexes: { person_by_id: 'id', person_by_organisation: 'organisation', person_by_customer: 'customer' },
  },
  consent: {
    columns: {
      person: belongs('person'),
      policy: belongs('policy'),
      place: 'INTEGER NOT NULL',
      purpose: TEXT,
      status: TEXT,
      valid: flag('valid'),
      legal_basis: 'TEXT',
      version: refers('version'),
      locale: 'TEXT',
      content_sha256: 'TEXT',
      decided_at: 'TEXT',
      expires_at: 'TEXT',
      reason: REASON,
    },
    constraints: ['PRIMARY KEY (person, policy, purpose)'],
    withoutRowid: true,
    indexes: { consent_by_purpose: 'policy, purpose, status' },
  },
  notice: {
    columns: {
      person: belongs('person'),
      policy: belongs('policy'),
      place: 'INTEGER NOT NULL',
      version: belongs('version'),
      step: TEXT,
      channel: 'TEXT',
      at: 'TEXT',
      reason: REASON,
    },
    constraints: ['PRIMARY KEY (person, version)'],
    withoutRowid: true,
    indexes: { notice_by_version: 'version, step' },
  },
  acceptance: {
    columns: {
      person: belongs('person'),
      policy: belongs('policy'),
      version: refers('version'),
      accepted: flag('accepted'),
      is_current: flag('is_current'),
      at: 'TEXT',
      refused_at: 'TEXT',
      reason: REASON,
    },
    constraints: ['PRIMARY KEY (person, policy)'],
    withoutRowid: true,
    indexes: { acceptance_by_policy: 'policy, version' },
  },
  obligation: {
    columns: {
      person: belongs('person'),
      place: 'INTEGER NOT NULL',
      kind: TEXT,
      policy: belongs('policy'),
      version: belongs('version'),
      asked_by: belongs('version'),
      purposes: TEXT,
      since: TEXT,
      deadline: TEXT,
      blocking: flag('blocking'),
      overdue: flag('overdue'),
      upcoming: flag('upcoming'),
      reason: REASON,
    },
    constraints: ['PRIMARY KEY (person, place)'],
    withoutRowid: true,
    indexes: { obligation_by_policy: 'policy, kind, deadline' },
  },
  tally: {
    columns: {
      policy: belongs('policy'),
      place: 'INTEGER NOT NULL',
      about: TEXT,
      version: refers('version'),
      step: 'TEXT',
      purpose: 'TEXT',
      status: 'TEXT',
      subjects: 'INTEGER NOT NULL',
      valid: 'INTEGER',
    },
    constraints: ['PRIMARY KEY (policy, place)'],
    withoutRowid: true,
  },
  written_reason: {
    columns: {
      person: belongs('person'),
      place: 'INTEGER NOT NULL',
      fact: TEXT,
      occurred_at: TEXT,
      recorded_at: TEXT,
      reason: 'TEXT',
      erased: flag('erased'),
    },
    constraints: ['PRIMARY KEY (person, place)'],
    withoutRowid: true,
  },
} as const satisfies { readonly [table: string]: ReplayTable };

export type ReplayTableName = keyof typeof REPLAY_TABLES;

/** A row by the names of its table's columns; all of them, so that none is forgotten. */
export type ReplayRow<Table extends ReplayTableName> = {
  readonly [column in keyof (typeof REPLAY_TABLES)[Table]['columns']]:
    | string
    | number
    | boolean
    | Uint8Array
    | undefined;
};
