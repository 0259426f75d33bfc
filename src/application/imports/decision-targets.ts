import type { Policy, VersionEntry } from '../../domain/policy/policy.state';
import { findVersion } from '../../domain/policy/version-in-force';
import type { OnPolicy } from '../../domain/subject/subject.commands';
import type { Application } from '../application';
import { NotFound } from '../not-found';
import { organisationOf } from '../organisations';
import { policyOf } from '../policies';
import { organisationIdOf, policyIdOf } from '../stream-names';
import {
  type DecisionRow,
  localeMissing,
  policyMissing,
  policyUnknown,
  versionAmbiguous,
  versionMissing,
  versionUnknown,
} from './decision-rows';

/** Which policy a version id belongs to, where a row does not say; undefined: it is not known. */
export type PolicyOfVersion = (versionId: string) => Promise<string | undefined>;

/** The very text that a row names. */
export interface RowText {
  readonly versionId: string;
  readonly locale: string;
  readonly contentSha256: string;
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** What rows name, each policy looked up once. Made anew for some persons at a time, so that it is never long out of date. */
export class DecisionTargets {
  readonly #policies = new Map<string, Promise<OnPolicy>>();

  constructor(
    private readonly app: Application,
    private readonly organisationSlug: string,
    private readonly policyOfVersion: PolicyOfVersion = async () => undefined,
  ) {}

  /** @throws Refusal POLICY_MISSING POLICY_UNKNOWN */
  async policy({ policy, version }: DecisionRow): Promise<OnPolicy> {
    const named = policy ?? (version && (await this.policyOfVersion(version)));
    if (!named) throw policyMissing();
    const id = UUID.test(named) ? named : this.#idOfHandle(named);
    const known = this.#policies.get(id) ?? this.#load(id);
    this.#policies.set(id, known);
    return known;
  }

  #idOfHandle(handle: string): string {
    const [first = '', second, ...more] = handle.split('/');
    if (more.length > 0) throw policyUnknown();
    const [organisation, slug] = second === undefined ? [this.organisationSlug, first] : [first, second];
    return policyIdOf(organisationIdOf(this.app.logId, organisation), slug);
  }

  async #load(policyId: string): Promise<OnPolicy> {
    try {
      const policy = await policyOf(this.app, policyId);
      const { timeZone } = await organisationOf(this.app, policy.organisationId);
      return { policy, zone: timeZone };
    } catch (error) {
      throw error instanceof NotFound ? policyUnknown() : error;
    }
  }
}

/** @throws Refusal VERSION_MISSING VERSION_UNKNOWN VERSION_AMBIGUOUS LOCALE_MISSING */
export function textNamed(policy: Policy, row: DecisionRow): RowText {
  const version = versionNamed(policy, row);
  const locale = row.locale ?? localeOf(version, row.contentSha256);
  const content = version.contents.find((each) => each.locale === locale);
  // A locale that there is not is refused by the rules, with their own code.
  return { versionId: version.id, locale, contentSha256: row.contentSha256 ?? content?.sha256 ?? '' };
}

function versionNamed(policy: Policy, { version: named }: DecisionRow): VersionEntry {
  if (named === undefined) throw versionMissing();
  const byId = findVersion(policy, named);
  if (byId) return byId;
  const labelled = policy.timeline.filter(
    (entry): entry is VersionEntry => entry.kind === 'version' && entry.label === named,
  );
  const [version, another] = labelled;
  if (!version) throw versionUnknown();
  if (another) throw versionAmbiguous();
  return version;
}

function localeOf({ contents }: VersionEntry, sha256: string | undefined): string {
  const candidates = sha256 === undefined ? contents : contents.filter((each) => each.sha256 === sha256);
  const [content, another] = candidates;
  if (another) throw localeMissing();
  // A hash of no text is refused by the rules: as one that is not the first text's.
  return (content ?? contents[0])?.locale ?? '';
}
