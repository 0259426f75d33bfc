import type { PersonState, PurposeState } from '../../projections/population/person-state';
import { TOLD } from '../../projections/population/person-state';
import type {
  AcceptanceFact,
  ConsentDecision,
  ConsentDeferral,
  NoticeFact,
  PersonFacts,
  Placed,
  ProcessingLayer,
} from '../domain/subject/person-facts';
import type { Profile } from '../domain/subject/subject.events';
import { type Instant, parseInstant } from '../domain/time';

/** Whoever the people of a group are, to the rules they are this one. */
export interface PersonOfGroup {
  readonly policyId: string;
  readonly organisationId: string;
  readonly registeredAt: Instant;
  readonly profile: Profile;
  readonly state: PersonState;
}

export interface StateNames {
  version(number: number): string;
  purpose(number: number): string;
}

/** Before every instant that is asked about; what has expired did so long ago. */
export const LONG_AGO = parseInstant('0001-01-01T00:00:00.000Z');

/**
 * Facts by which the rules see what they see of everybody in a group. Times are long ago and only the order tells:
 * rules compare facts with each other, never with the dates of texts. A deadline that depends on when a person
 * registered, or a yes expired, is another matter: that of a group is the earliest there may be.
 */
export function personOfGroup(group: PersonOfGroup, names: StateNames): PersonFacts {
  const own = personFacts(group, names, false);
  const { purposes, words } = group.state;
  const touched = Object.values(purposes).some(
    ({ decisions, layers }) => decisions.some(({ linked }) => linked) || Object.keys(layers.linked).length > 0,
  );
  return touched || words.linked.length > 0 ? { ...own, linked: [personFacts(group, names, true)] } : own;
}

function personFacts(
  { policyId, organisationId, registeredAt, profile, state }: PersonOfGroup,
  names: StateNames,
  linked: boolean,
): PersonFacts {
  const purposes = new Map(Object.entries(state.purposes).map(([key, of]) => [names.purpose(Number(key)), of]));
  const shown = linked ? [] : noticesOf(state, names);
  const deferrals = linked ? new Map<string, readonly ConsentDeferral[]>() : deferralsOf(state, names);
  const of = <Fact>(policy: string, facts: () => readonly Fact[]) => (policy === policyId ? facts() : []);
  return {
    subjectId: linked ? 'linked' : 'group',
    organisationId,
    anonymous: linked,
    registeredAt,
    linkedTo: linked ? 'group' : undefined,
    erasedAt: undefined,
    profileAt: () => profile,
    decisions: (policy, purpose) => of(policy, () => decisionsOf(purposes.get(purpose), linked, names)),
    deferrals: (policy, purpose) => of(policy, () => deferrals.get(purpose) ?? []),
    layers: (policy, purpose) => of(policy, () => layersOf(purposes.get(purpose), linked)),
    notices: (policy) => of(policy, () => shown),
    noticeEnds: (policy) => of(policy, () => shown),
    acceptances: (policy) => of(policy, () => acceptancesOf(state, linked, names)),
    purposesTouched: (policy) => of(policy, () => (linked ? [] : [...purposes.keys()].sort())),
    policiesTouched: () => [policyId],
    linked: [],
  };
}

function placed(order: number): Placed {
  return { order, validFrom: LONG_AGO, occurredAt: LONG_AGO };
}

function onText(versionId: string) {
  return { versionId, locale: '', contentSha256: '' };
}

function decisionsOf(
  purpose: PurposeState | undefined,
  ofLinked: boolean,
  names: StateNames,
): readonly ConsentDecision[] {
  const decisions = purpose?.decisions ?? [];
  return decisions.flatMap(({ kind, version, linked }, place): readonly ConsentDecision[] => {
    if (linked !== ofLinked || kind === 'L') return [];
    const at = placed(decisions.length - place);
    if (kind === 'W') return [{ kind: 'WITHDRAWN', ...at }];
    const text = onText(names.version(version));
    if (kind === 'R') return [{ kind: 'REFUSED', ...text, ...at }];
    return [{ kind: 'GIVEN', expiresAt: kind === 'X' ? LONG_AGO : undefined, ...text, ...at }];
  });
}

function layersOf(purpose: PurposeState | undefined, ofLinked: boolean): readonly ProcessingLayer[] {
  if (!purpose) return [];
  const { restricted, objected } = ofLinked ? purpose.layers.linked : purpose.layers.own;
  const place = purpose.decisions.findIndex(({ kind, linked }) => kind === 'L' && linked === ofLinked);
  const lifted = placed(purpose.decisions.length - place);
  return [
    ...(place < 0 ? [] : [{ kind: 'OBJECTION_LIFTED' as const, ...lifted }]),
    ...(objected ? [{ kind: 'OBJECTED' as const, ...placed(0) }] : []),
    ...(restricted === undefined
      ? []
      : [{ kind: restricted ? ('RESTRICTED' as const) : ('RESTRICTION_LIFTED' as const), ...placed(0) }]),
  ];
}

const STEPS: Readonly<Record<number, NoticeFact['step']>> = {
  [TOLD.NOTIFIED]: 'NOTIFIED',
  [TOLD.SHOWN]: 'SHOWN',
  [TOLD.ACKNOWLEDGED]: 'ACKNOWLEDGED',
};

function noticesOf({ told, asked }: PersonState, names: StateNames): readonly NoticeFact[] {
  const facts = Object.entries(told).map(([version, step]): NoticeFact => {
    const place = asked.findIndex(([kind, number]) => kind === 'S' && number === Number(version));
    const told = { step: STEPS[step] ?? 'NOTIFIED', channel: 'API' as const, method: undefined };
    return { versionId: names.version(Number(version)), ...told, ...placed(place < 0 ? 0 : asked.length - place) };
  });
  return facts.sort((a, b) => b.order - a.order);
}

function deferralsOf({ asked }: PersonState, names: StateNames): ReadonlyMap<string, readonly ConsentDeferral[]> {
  const deferrals = new Map<string, ConsentDeferral[]>();
  for (const [place, each] of asked.entries()) {
    if (each[0] !== 'D') continue;
    const purpose = names.purpose(each[2]);
    const known = deferrals.get(purpose) ?? [];
    known.push({ ...placed(asked.length - place), ...onText(names.version(each[1])) });
    deferrals.set(purpose, known);
  }
  return deferrals;
}

function acceptancesOf({ words }: PersonState, linked: boolean, names: StateNames): readonly AcceptanceFact[] {
  const of = linked ? words.linked : words.own;
  return of.map(([version, accepted], place) => {
    const kind = accepted ? 'ACCEPTED' : 'REFUSED';
    return { kind, ...onText(names.version(version)), ...placed(of.length - place) };
  });
}
