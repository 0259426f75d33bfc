import { Arg, Ctx, FieldResolver, ID, Int, Resolver, Root } from 'type-graphql';
import { encodePosition } from '../../application/position-text';
import { sentenceOf } from '../../application/sentences/fact-sentences';
import { RULE_SENTENCES } from '../../application/sentences/rule-sentences';
import type { Telling } from '../../application/sentences/sentence-parts';
import { changeSentence, DATE_CAME } from '../../application/sentences/standing-sentences';
import { decodeEvent } from '../../domain/stored-events';
import { type StandingChange, stateCodeOf } from '../../domain/subject/standing';
import { ruleOf } from '../../domain/subject/step-rules';
import { instantAt } from '../../domain/time';
import { personStory, type ToldStep } from '../../read-models/person-story';
import { Access, anyOf, asParent, membersOf, ownSubject } from '../auth/access';
import type { ApiContext } from '../context';
import { DEFAULT_FACTS, ordinalOf } from '../facts/facts-page';
import { LoggedFactView } from '../facts/logged-fact.type';
import { type InBoth, languageFor } from '../languages';
import { FACT_READERS, found, visiblePolicy } from '../members';
import { pageSize } from '../page-size';
import { type PersonAt, personAt, stampView } from '../people/person-at';
import { scopeOfSubject } from '../people/subject.resolver';
import { SubjectNode } from '../people/subject.type';
import { PolicyNode } from '../policies/policy.type';
import { Locale, PositionScalar } from '../scalars';
import { defaultLocaleOf, timeZoneOf } from '../scope';
import { AsOfInput } from '../time/as-of.input';
import { AppliedRule, ExplainedChange, ExplainedStep, Explanation } from './explanation.type';

/** Readers of the fact's own organisation; of the person's facts the person, and officers of their customer. */
const factReaders = anyOf(
  membersOf(FACT_READERS, ({ step }: ExplainedStep) => step.fact?.row.organisation),
  ownSubject(({ step, person }: ExplainedStep) => (step.fact?.row.subject ? person.person.subjectId : undefined)),
  membersOf(['officer'], ({ step, person }: ExplainedStep) =>
    step.fact?.row.subject ? person.person.profileAt(person.at).customerId : undefined,
  ),
);

@Resolver(() => SubjectNode)
export class ExplanationResolver {
  @FieldResolver(() => Explanation, {
    description:
      'Why does this person stand with a policy as they do? Fact by fact, with the rules that each step applied.',
  })
  @Access(asParent)
  explanation(
    @Root() subject: SubjectNode,
    @Arg('policy', () => ID) policy: string,
    @Arg('asOf', () => AsOfInput, { nullable: true }) asOf: AsOfInput | null | undefined,
    @Arg('first', () => Int, { defaultValue: DEFAULT_FACTS, nullable: true }) first: number | null | undefined,
    @Arg('after', () => PositionScalar, { nullable: true }) after: string | null | undefined,
    @Ctx() context: ApiContext,
  ): Explanation {
    const person = personAt(context, scopeOfSubject(context, subject, asOf), subject.row.id);
    const row = found(visiblePolicy(context, policy, person.prefix));
    const asked = {
      subjectId: subject.row.id,
      policyId: row.id,
      limit: pageSize(first, DEFAULT_FACTS),
      ...(after != null && { after: ordinalOf(context, after) }),
    };
    const { steps, next, standing } = found(personStory(context.readModels, asked, person.scope.stamp));
    const facts = steps.flatMap(({ fact }) => fact ?? []);
    const cursor = (fact: (typeof facts)[number] | undefined) =>
      fact ? encodePosition(context.app.logId, fact.row.position) : null;
    return {
      policy: new PolicyNode(row, person.scope),
      asOf: stampView(context, person),
      steps: steps.map((step) => stepView(step, person)),
      standing: standing.map((item) => changeView({ before: undefined, after: item }, person)),
      pageInfo: {
        hasNextPage: next !== undefined,
        hasPreviousPage: after != null,
        startCursor: cursor(facts[0]),
        endCursor: cursor(facts.at(-1)),
      },
    };
  }
}

function stepView(step: ToldStep, person: PersonAt): ExplainedStep {
  const row = step.fact?.row;
  return {
    number: row?.subject === person.person.subjectId ? row.version : null,
    at: step.at,
    occurredAt: row?.occurredAt ?? null,
    recordedAt: row ? instantAt(row.recordedAtMs) : null,
    rules: step.rules.map((name) => ({ name, at: person })),
    changes: step.changes.map((change) => changeView(change, person)),
    step,
    person,
  };
}

function changeView(change: StandingChange, at: PersonAt): ExplainedChange {
  const { before, after } = change;
  const item = found(after ?? before);
  return {
    about: item.about,
    purposes: item.about === 'CONSENT' ? [item.purpose] : item.about === 'OBLIGATION' ? item.purposes : [],
    before: before ? stateCodeOf(before) : null,
    after: after ? stateCodeOf(after) : null,
    rule: ruleOf(item) ?? null,
    change,
    at,
  };
}

@Resolver(() => ExplainedStep)
export class ExplainedStepResolver {
  @FieldResolver(() => LoggedFactView, {
    nullable: true,
    description: 'The fact, for those who may read it; null also where a date came.',
  })
  @Access(factReaders)
  fact(@Root() { step, person }: ExplainedStep, @Ctx() context: ApiContext): LoggedFactView | null {
    return step.fact ? new LoggedFactView(step.fact.row, context, person.scope) : null;
  }

  @FieldResolver(() => String, { description: "What happened, in Norwegian or English, without anybody's name." })
  @Access(asParent)
  async sentence(
    @Root() { step, person }: ExplainedStep,
    @Arg('locale', () => Locale, { nullable: true }) locale: string | null | undefined,
    @Ctx() context: ApiContext,
  ): Promise<string> {
    if (!step.fact) return told(context, person, locale, DATE_CAME);
    const stored = found(await person.scope.loaders.events.load(step.fact.row));
    const event = decodeEvent(stored.type, stored.metadata.schemaVersion, stored.data);
    return told(context, person, locale, sentenceOf(event, tellingOf(context, person)));
  }
}

@Resolver(() => AppliedRule)
export class AppliedRuleResolver {
  @FieldResolver(() => String)
  @Access(asParent)
  text(
    @Root() { name, at }: AppliedRule,
    @Arg('locale', () => Locale, { nullable: true }) locale: string | null | undefined,
    @Ctx() context: ApiContext,
  ): string {
    return told(context, at, locale, RULE_SENTENCES[name]);
  }
}

@Resolver(() => ExplainedChange)
export class ExplainedChangeResolver {
  @FieldResolver(() => String, { description: 'The change and its reason, in Norwegian or English.' })
  @Access(asParent)
  text(
    @Root() { change, at }: ExplainedChange,
    @Arg('locale', () => Locale, { nullable: true }) locale: string | null | undefined,
    @Ctx() context: ApiContext,
  ): string {
    return told(context, at, locale, changeSentence(change, tellingOf(context, at)));
  }
}

function tellingOf(context: ApiContext, { person, prefix, scope }: PersonAt): Telling {
  return {
    zone: timeZoneOf(context, scope, person.organisationId),
    labelOf: (versionId) => context.readModels.versionById(versionId, prefix)?.label,
  };
}

function told(context: ApiContext, { person, scope }: PersonAt, locale: string | null | undefined, text: InBoth) {
  return text[languageFor(locale, defaultLocaleOf(context, scope, person.organisationId))];
}
