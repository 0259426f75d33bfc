import type { AccessContext, AccessRule, MembersRule, OwnSubjectRule } from './access';
import type { TokenCaller } from './caller';

/** One reading of one field: what a rule is asked about. */
export interface FieldReading {
  readonly source: unknown;
  readonly args: unknown;
  readonly context: AccessContext;
}

/**
 * Whether a rule admits the caller. Answers at once where nothing has to be looked up, because it is asked for every
 * field of every answer.
 */
export function permits(rule: AccessRule, reading: FieldReading): boolean | Promise<boolean> {
  const { caller } = reading.context;
  if (rule.kind === 'public' || rule.kind === 'parent') return true;
  if (caller.kind === 'anonymous') return rule.kind === 'any' && rule.rules.some(admitsEveryone);
  switch (rule.kind) {
    case 'authenticated':
      return true;
    case 'operator':
      return caller.roles.some((grant) => grant.role === 'operator');
    case 'members':
      return isMember(rule, caller, reading);
    case 'own-subject':
      return isOwnSubject(rule, caller, reading);
    case 'any':
      return permitsAny(rule.rules, reading);
  }
}

/** Whether the caller has a role that the rule asks for, in whatever organisation. */
export function holdsSuchRole(rule: AccessRule, caller: TokenCaller): boolean {
  switch (rule.kind) {
    case 'public':
    case 'parent':
    case 'authenticated':
      return true;
    case 'operator':
      return caller.roles.some((grant) => grant.role === 'operator');
    case 'members':
      return caller.roles.some((grant) => rule.roles.some((role) => role === grant.role));
    case 'own-subject':
      return caller.subject !== undefined;
    case 'any':
      return rule.rules.some((each) => holdsSuchRole(each, caller));
  }
}

function admitsEveryone(rule: AccessRule): boolean {
  return rule.kind === 'public' || (rule.kind === 'any' && rule.rules.some(admitsEveryone));
}

async function permitsAny(rules: readonly AccessRule[], reading: FieldReading): Promise<boolean> {
  for (const rule of rules) {
    if (await permits(rule, reading)) return true;
  }
  return false;
}

function isMember(rule: MembersRule, caller: TokenCaller, reading: FieldReading): boolean | Promise<boolean> {
  const slugs = caller.roles
    .filter((grant) => rule.roles.some((role) => role === grant.role))
    .flatMap((grant) => (grant.organisation === undefined ? [] : [grant.organisation]));
  return slugs.length > 0 && isOneOf(slugs, rule, reading);
}

async function isOneOf(slugs: readonly string[], rule: MembersRule, reading: FieldReading): Promise<boolean> {
  const owner = await rule.organisationOf(reading.source, reading.args, reading.context);
  if (owner === undefined) return false;
  for (const slug of slugs) {
    if ((await reading.context.organisationIdOf(slug)) === owner) return true;
  }
  return false;
}

function isOwnSubject(rule: OwnSubjectRule, caller: TokenCaller, reading: FieldReading): boolean | Promise<boolean> {
  const { subject } = caller;
  if (subject === undefined || !caller.roles.some((grant) => grant.role === 'subject')) return false;
  const owner = rule.subjectOf(reading.source, reading.args, reading.context);
  return owner instanceof Promise ? owner.then((id) => id === subject) : owner === subject;
}
