import type { Decider } from '../decider';
import { MAX_LOCALES, MAX_VARIABLES } from '../limits';
import type { ContentRef, PolicyKind } from '../policy/policy.events';
import { Refusal } from '../refusal';
import type { Instant } from '../time';
import type { TemplateEvent } from './template.events';

export type TemplateState = { readonly status: 'absent' } | Template;

export interface Template {
  readonly status: 'existing';
  readonly templateId: string;
  readonly organisationId: string;
  readonly slug: string;
  readonly kind: PolicyKind;
  readonly sharedWith: readonly string[];
  readonly revision: number;
  readonly texts: readonly TemplateText[];
  /** Everybody who wrote any of it. */
  readonly authors: readonly string[];
  /** When the current revision was written. */
  readonly revisedAt: Instant;
}

/** One locale's text with the names of its variables. */
export interface TemplateText extends ContentRef {
  readonly variables: readonly string[];
}

export type TemplateCommand =
  | {
      readonly type: 'CreateTemplate';
      readonly at: Instant;
      readonly templateId: string;
      readonly organisationId: string;
      readonly slug: string;
      readonly kind: PolicyKind;
      readonly sharedWith: readonly string[];
    }
  | {
      readonly type: 'EditTemplateText';
      readonly at: Instant;
      readonly actor: string;
      readonly expectedRevision: number;
      readonly content: ContentRef;
      readonly variables: readonly string[];
    };

/** A template shared by policies of several organisations: a text per locale, numbered by its edits (rule P8). */
export const templateDecider: Decider<TemplateState, TemplateCommand, TemplateEvent> = {
  initialState: { status: 'absent' },
  decide,
  evolve,
};

const templateAlreadyExists = () =>
  new Refusal('TEMPLATE_ALREADY_EXISTS', 'The organisation already has a template with this slug.', 'P8', {
    path: ['slug'],
  });

const staleTemplate = (currentVersion: number) =>
  new Refusal('STALE_VERSION', `The template has moved on to revision ${currentVersion}.`, 'P8', {
    path: ['expectedVersion'],
    details: { kind: 'stale-version', currentVersion },
  });

const tooManyVariables = () =>
  new Refusal('TOO_MANY_VARIABLES', `A template may have at most ${MAX_VARIABLES} variables.`, 'P8', {
    path: ['text'],
  });

const tooManyLocales = () =>
  new Refusal('TOO_MANY_LOCALES', `A template may have texts in at most ${MAX_LOCALES} locales.`, 'P8', {
    path: ['locale'],
  });

function decide(command: TemplateCommand, state: TemplateState): readonly TemplateEvent[] {
  if (command.type === 'CreateTemplate') {
    if (state.status === 'existing') throw templateAlreadyExists();
    const { type: _, at: createdAt, ...facts } = command;
    return [{ type: 'PolicyTemplateCreated', data: { ...facts, createdAt } }];
  }
  if (state.status === 'absent') throw new Error('A template that does not exist was edited.');
  const { actor: author, content, variables, at: editedAt } = command;
  if (command.expectedRevision !== state.revision) throw staleTemplate(state.revision);
  const others = state.texts.filter(({ locale }) => locale !== content.locale);
  if (others.length >= MAX_LOCALES) throw tooManyLocales();
  if (variablesOf([...others, { ...content, variables }]).length > MAX_VARIABLES) throw tooManyVariables();
  const { templateId, revision } = state;
  return [
    {
      type: 'PolicyTemplateTextEdited',
      data: { templateId, author, revision: revision + 1, content, variables, editedAt },
    },
  ];
}

function evolve(state: TemplateState, event: TemplateEvent): TemplateState {
  switch (event.type) {
    case 'PolicyTemplateCreated': {
      const { createdAt: revisedAt, ...facts } = event.data;
      return { status: 'existing', ...facts, revision: 0, texts: [], authors: [], revisedAt };
    }
    case 'PolicyTemplateTextEdited': {
      if (state.status === 'absent') throw new Error('PolicyTemplateTextEdited stands before PolicyTemplateCreated.');
      const { content, variables, author, revision, editedAt: revisedAt } = event.data;
      const others = state.texts.filter(({ locale }) => locale !== content.locale);
      const texts = [...others, { ...content, variables }].sort((a, b) => (a.locale < b.locale ? -1 : 1));
      return { ...state, texts, authors: [...new Set([...state.authors, author])], revision, revisedAt };
    }
  }
}

/** Names of the variables of all texts, sorted, each once. */
export function variablesOf(texts: readonly TemplateText[]): readonly string[] {
  return [...new Set(texts.flatMap((text) => text.variables))].sort();
}
