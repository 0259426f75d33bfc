import type { Language } from '../../domain/languages';
import { CommandRefused } from '../doors';
import { askServer, type RemoteOptions } from '../remote';
import { type RemotePlace, remotePlace } from './audit-at-server';
import type { Explained, ExplainedStep } from './audit-explain';
import type { AuditAsked, SheetStamp } from './audit-sheet';

const BY_ID = 'query ById($id: ID!) { subject(id: $id) { id } }';
const BY_EXTERNAL_ID = `query ByExternalId($organisation: ID!, $externalId: String!) {
  subject(organisation: $organisation, externalId: $externalId) { id }
}`;

const EXPLANATION = `query Explanation($id: ID!, $policy: ID!, $asOf: AsOfInput, $after: Position, $locale: Locale!) {
  subject(id: $id) { explanation(policy: $policy, asOf: $asOf, first: 50, after: $after) {
    asOf { effectiveAt timeZone recordedAt position settled forecast rules }
    steps {
      number at occurredAt recordedAt sentence(locale: $locale)
      rules { name text(locale: $locale) } changes { rule text(locale: $locale) }
    }
    standing { rule text(locale: $locale) }
    pageInfo { hasNextPage endCursor }
  } }
}`;

interface SubjectAnswer {
  readonly subject: { readonly id: string } | null;
}

interface ExplanationAnswer {
  readonly subject: {
    readonly explanation: {
      readonly asOf: SheetStamp;
      readonly steps: readonly ExplainedStep[];
      readonly standing: Explained['standing'];
      readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
    };
  } | null;
}

/** As a server tells it. @throws CommandRefused NOT_FOUND */
export async function explainAtServer(
  remote: RemoteOptions,
  asked: AuditAsked,
  person: string,
  languageOf: (locale: string) => Language,
): Promise<Explained> {
  const { policy, variables } = await remotePlace(remote, asked);
  const language = languageOf(policy.organisation.defaultLocale);
  const id = await subjectAt(remote, policy, person);
  const stretch = async (asOf: unknown, after: string | null) => {
    const question = { id, policy: policy.id, asOf, after, locale: language };
    const { subject } = await askServer<ExplanationAnswer>(remote, EXPLANATION, question);
    if (!subject) throw noSuchPerson();
    return subject.explanation;
  };
  const first = await stretch(variables.asOf, null);
  const { effectiveAt, position } = first.asOf;
  return {
    policy: asked.handle,
    subject: id,
    asOf: first.asOf,
    language,
    standing: first.standing,
    steps: async function* () {
      let { steps, pageInfo } = first;
      yield* steps;
      while (pageInfo.hasNextPage) {
        ({ steps, pageInfo } = await stretch({ effectiveAt, position }, pageInfo.endCursor));
        yield* steps;
      }
    },
  };
}

/** By the random id, or by the product's own id of the person. */
async function subjectAt(
  remote: RemoteOptions,
  { organisation }: RemotePlace['policy'],
  person: string,
): Promise<string> {
  const { subject } = await askServer<SubjectAnswer>(remote, BY_ID, { id: person });
  if (subject) return subject.id;
  for (const { id } of [organisation, ...(organisation.customerOf ? [organisation.customerOf] : [])]) {
    const known = await askServer<SubjectAnswer>(remote, BY_EXTERNAL_ID, { organisation: id, externalId: person });
    if (known.subject) return known.subject.id;
  }
  throw noSuchPerson();
}

const noSuchPerson = () => new CommandRefused('NOT_FOUND', 'There is no such person.');
