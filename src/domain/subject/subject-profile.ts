import { LIVE_WINDOW_MS, MAX_CATEGORIES, MAX_CATEGORY_LENGTH, MAX_EXTERNAL_ID_LENGTH } from '../limits';
import { addMs } from '../time';
import { occurrenceOf } from './occurrence';
import type { ClassifySubject, ProfileAsked, RegisterSubject } from './subject.commands';
import type { Profile, SubjectEvent } from './subject.events';
import * as refuse from './subject.refusals';
import { profileAt, type Subject } from './subject.state';

/** Letters with their marks, digits, and what joins words; a name, an address or a number of anybody does not fit. */
const CATEGORY = /^[\p{L}\d](?:[\p{L}\p{M}\d\-_/.& ]*[\p{L}\p{M}\d.])?$/u;
const MANY_DIGITS = /\d{6}/;

/** An id that a product gives a person; it stands in the vault alone. @throws Refusal EXTERNAL_ID_INVALID */
export function assertExternalId(text: string): void {
  const whole = text.length > 0 && text.length <= MAX_EXTERNAL_ID_LENGTH && !/[\0\p{Surrogate}]/u.test(text);
  if (!whole) throw refuse.externalIdInvalid();
}

/** Registers a person; one who is registered is classified from now on, as far as what is said differs. */
export function registerSubject(command: RegisterSubject): readonly SubjectEvent[] {
  const { subjectId, organisationId, anonymous, keyId, at } = command;
  const { categories = [], customerId, exempt = false, registeredAt } = registration(command);
  return [
    {
      type: 'SubjectRegistered',
      data: {
        subjectId,
        organisationId,
        anonymous,
        categories,
        ...(customerId && { customerId }),
        exempt,
        keyId,
        registeredAt,
        notedAt: at,
      },
    },
  ];
}

/** What a registration says, checked; nothing of it depends on who is registered already. */
export function registration(command: RegistrationAsked) {
  const { at, registeredAt = at, organisationId } = command;
  if (registeredAt > addMs(at, LIVE_WINDOW_MS)) throw refuse.registeredInFuture();
  return { registeredAt: registeredAt > at ? at : registeredAt, ...profileAsked(command, organisationId) };
}

export type RegistrationAsked = Pick<RegisterSubject, 'at' | 'registeredAt' | 'organisationId'> & ProfileAsked;

/** The parts that are said, checked; a customer of null is none. */
function profileAsked({ categories, customer, exempt }: ProfileAsked, organisationId: string) {
  if (customer && customer.customerOf !== organisationId) throw refuse.customerUnknown();
  return {
    ...(categories && { categories: orderedCategories(categories) }),
    ...(customer !== undefined && { customerId: customer === null ? null : customer.id }),
    ...(exempt !== undefined && { exempt }),
  };
}

function orderedCategories(categories: readonly string[]): readonly string[] {
  const wrong = categories.findIndex(
    (category) => category.length > MAX_CATEGORY_LENGTH || !CATEGORY.test(category) || MANY_DIGITS.test(category),
  );
  if (wrong >= 0) throw refuse.categoryInvalid(wrong);
  const ordered = [...new Set(categories)].sort();
  if (ordered.length > MAX_CATEGORIES) throw refuse.tooManyCategories();
  return ordered;
}

/** Sets what a person is from an instant on (rules D5, O1); nothing is recorded that was so already. */
export function classifySubject(command: Omit<ClassifySubject, 'type'>, state: Subject): readonly SubjectEvent[] {
  const occurrence = occurrenceOf(command, state);
  const asked = profileAsked(command, state.organisationId);
  const { categories, customerId, exempt } = differing(asked, profileAt(state, occurrence.validFrom));
  if (categories === undefined && customerId === undefined && exempt === undefined) return [];
  const { subjectId } = state;
  return [
    {
      type: 'SubjectClassified',
      data: {
        subjectId,
        ...(categories && { categories }),
        ...(customerId && { customerId }),
        ...(customerId === null && { customerEnded: true }),
        ...(exempt !== undefined && { exempt }),
        ...occurrence,
      },
    },
  ];
}

export function assertClassifies({ categories, customer, exempt }: ProfileAsked): void {
  if (categories === undefined && customer === undefined && exempt === undefined) throw refuse.nothingToClassify();
}

function differing(asked: ReturnType<typeof profileAsked>, now: Profile): ReturnType<typeof profileAsked> {
  const { categories, customerId, exempt } = asked;
  const same =
    categories?.length === now.categories.length && categories.every((each, i) => each === now.categories[i]);
  return {
    ...(categories && !same && { categories }),
    ...(customerId !== undefined && (customerId ?? undefined) !== now.customerId && { customerId }),
    ...(exempt !== undefined && exempt !== now.exempt && { exempt }),
  };
}
